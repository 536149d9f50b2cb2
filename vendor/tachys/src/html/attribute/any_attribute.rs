use super::{Attribute, NextAttribute};
use crate::{
    html::attribute::NamedAttributeKey,
    renderer::{dom::Element, Rndr},
};
use std::{any::Any, fmt::Debug, mem};
#[cfg(feature = "ssr")]
use std::{future::Future, pin::Pin};

/// A type-erased container for any [`Attribute`].
pub struct AnyAttribute {
    value: Box<dyn ErasedAttribute>,
}

/// What [`AnyAttribute`] needs of the attribute in it: one table of functions for each type of attribute, and no more
/// functions than can be called.
trait ErasedAttribute: Send {
    fn erased_clone(&self) -> Box<dyn ErasedAttribute>;

    fn erased_build(
        self: Box<Self>,
        el: crate::renderer::types::Element,
    ) -> AnyAttributeState;

    #[cfg(feature = "hydrate")]
    fn erased_hydrate(
        self: Box<Self>,
        el: crate::renderer::types::Element,
    ) -> AnyAttributeState;

    fn erased_keys(&self) -> Vec<NamedAttributeKey>;

    #[cfg(feature = "ssr")]
    fn erased_html_len(&self) -> usize;

    #[cfg(feature = "ssr")]
    fn erased_to_html(
        self: Box<Self>,
        buf: &mut String,
        class: &mut String,
        style: &mut String,
        inner_html: &mut String,
    );

    #[cfg(feature = "ssr")]
    fn erased_dry_resolve(&mut self);

    #[cfg(feature = "ssr")]
    fn erased_resolve(
        self: Box<Self>,
    ) -> Pin<Box<dyn Future<Output = AnyAttribute> + Send>>;
}

impl<T: Attribute + Clone + 'static> ErasedAttribute for T {
    fn erased_clone(&self) -> Box<dyn ErasedAttribute> {
        Box::new(self.clone())
    }

    fn erased_build(
        self: Box<Self>,
        el: crate::renderer::types::Element,
    ) -> AnyAttributeState {
        AnyAttributeState {
            keys: self.keys(),
            state: Box::new((*self).build(&el)),
            el,
        }
    }

    #[cfg(feature = "hydrate")]
    fn erased_hydrate(
        self: Box<Self>,
        el: crate::renderer::types::Element,
    ) -> AnyAttributeState {
        AnyAttributeState {
            keys: self.keys(),
            state: Box::new((*self).hydrate::<true>(&el)),
            el,
        }
    }

    fn erased_keys(&self) -> Vec<NamedAttributeKey> {
        self.keys()
    }

    #[cfg(feature = "ssr")]
    fn erased_html_len(&self) -> usize {
        self.html_len()
    }

    #[cfg(feature = "ssr")]
    fn erased_to_html(
        self: Box<Self>,
        buf: &mut String,
        class: &mut String,
        style: &mut String,
        inner_html: &mut String,
    ) {
        (*self).to_html(buf, class, style, inner_html);
    }

    #[cfg(feature = "ssr")]
    fn erased_dry_resolve(&mut self) {
        self.dry_resolve();
    }

    #[cfg(feature = "ssr")]
    fn erased_resolve(
        self: Box<Self>,
    ) -> Pin<Box<dyn Future<Output = AnyAttribute> + Send>> {
        Box::pin(async move { (*self).resolve().await.into_any_attr() })
    }
}

impl Clone for AnyAttribute {
    fn clone(&self) -> Self {
        AnyAttribute {
            value: (*self.value).erased_clone(),
        }
    }
}

impl Debug for AnyAttribute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnyAttribute").finish_non_exhaustive()
    }
}

/// View state for [`AnyAttribute`].
pub struct AnyAttributeState {
    #[allow(dead_code)] // keeps what the attribute needs alive until dropped
    state: Box<dyn Any>,
    el: crate::renderer::types::Element,
    keys: Vec<NamedAttributeKey>,
}

impl AnyAttributeState {
    /// Takes the attribute off its element.
    fn remove(self) {
        for key in self.keys {
            match key {
                NamedAttributeKey::InnerHtml => {
                    Rndr::set_inner_html(&self.el, "");
                }
                NamedAttributeKey::Property(prop_name) => {
                    Rndr::set_property(
                        &self.el,
                        &prop_name,
                        &wasm_bindgen::JsValue::UNDEFINED,
                    );
                }
                NamedAttributeKey::Attribute(key) => {
                    Rndr::remove_attribute(&self.el, &key);
                }
            }
        }
    }
}

/// Converts an [`Attribute`] into [`AnyAttribute`].
pub trait IntoAnyAttribute {
    /// Wraps the given attribute.
    fn into_any_attr(self) -> AnyAttribute;
}

impl<T> IntoAnyAttribute for T
where
    Self: Send,
    T: Attribute,
    crate::renderer::types::Element: Clone,
{
    fn into_any_attr(self) -> AnyAttribute {
        AnyAttribute {
            value: Box::new(self.into_cloneable_owned()),
        }
    }
}

impl NextAttribute for AnyAttribute {
    type Output<NewAttr: Attribute> = Vec<AnyAttribute>;

    fn add_any_attr<NewAttr: Attribute>(
        self,
        new_attr: NewAttr,
    ) -> Self::Output<NewAttr> {
        vec![self, new_attr.into_any_attr()]
    }
}

impl Attribute for AnyAttribute {
    const MIN_LENGTH: usize = 0;

    type AsyncOutput = AnyAttribute;
    type State = AnyAttributeState;
    type Cloneable = AnyAttribute;
    type CloneableOwned = AnyAttribute;

    fn html_len(&self) -> usize {
        #[cfg(feature = "ssr")]
        {
            (*self.value).erased_html_len()
        }
        #[cfg(not(feature = "ssr"))]
        {
            0
        }
    }

    #[allow(unused)] // they are used in SSR
    fn to_html(
        self,
        buf: &mut String,
        class: &mut String,
        style: &mut String,
        inner_html: &mut String,
    ) {
        #[cfg(feature = "ssr")]
        {
            self.value.erased_to_html(buf, class, style, inner_html);
        }
        #[cfg(not(feature = "ssr"))]
        panic!(
            "You are rendering AnyAttribute to HTML without the `ssr` feature \
             enabled."
        );
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        el: &crate::renderer::types::Element,
    ) -> Self::State {
        #[cfg(feature = "hydrate")]
        if FROM_SERVER {
            self.value.erased_hydrate(el.clone())
        } else {
            panic!(
                "hydrating AnyAttribute from inside a ViewTemplate is not \
                 supported."
            );
        }
        #[cfg(not(feature = "hydrate"))]
        {
            _ = el;
            panic!(
                "You are trying to hydrate AnyAttribute without the `hydrate` \
                 feature enabled."
            );
        }
    }

    fn build(self, el: &crate::renderer::types::Element) -> Self::State {
        self.value.erased_build(el.clone())
    }

    fn rebuild(self, state: &mut Self::State) {
        let el = state.el.clone();
        let new = self.value.erased_build(el);
        // The one of old is stopped, and leaves nothing behind but what the new one has written.
        drop(mem::replace(state, new));
    }

    fn into_cloneable(self) -> Self::Cloneable {
        self
    }

    fn into_cloneable_owned(self) -> Self::CloneableOwned {
        self
    }

    fn dry_resolve(&mut self) {
        #[cfg(feature = "ssr")]
        {
            (*self.value).erased_dry_resolve()
        }
        #[cfg(not(feature = "ssr"))]
        panic!(
            "You are rendering AnyAttribute to HTML without the `ssr` feature \
             enabled."
        );
    }

    async fn resolve(self) -> Self::AsyncOutput {
        #[cfg(feature = "ssr")]
        {
            self.value.erased_resolve().await
        }
        #[cfg(not(feature = "ssr"))]
        panic!(
            "You are rendering AnyAttribute to HTML without the `ssr` feature \
             enabled."
        );
    }

    fn keys(&self) -> Vec<NamedAttributeKey> {
        (*self.value).erased_keys()
    }
}

impl NextAttribute for Vec<AnyAttribute> {
    type Output<NewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(
        mut self,
        new_attr: NewAttr,
    ) -> Self::Output<NewAttr> {
        self.push(new_attr.into_any_attr());
        self
    }
}

impl Attribute for Vec<AnyAttribute> {
    const MIN_LENGTH: usize = 0;

    type AsyncOutput = Vec<AnyAttribute>;
    type State = (Element, Vec<AnyAttributeState>);
    type Cloneable = Vec<AnyAttribute>;
    type CloneableOwned = Vec<AnyAttribute>;

    fn html_len(&self) -> usize {
        self.iter().map(|attr| attr.html_len()).sum()
    }

    #[allow(unused)] // they are used in SSR
    fn to_html(
        self,
        buf: &mut String,
        class: &mut String,
        style: &mut String,
        inner_html: &mut String,
    ) {
        #[cfg(feature = "ssr")]
        {
            for mut attr in self {
                attr.to_html(buf, class, style, inner_html)
            }
        }
        #[cfg(not(feature = "ssr"))]
        panic!(
            "You are rendering AnyAttribute to HTML without the `ssr` feature \
             enabled."
        );
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        el: &crate::renderer::types::Element,
    ) -> Self::State {
        #[cfg(feature = "hydrate")]
        if FROM_SERVER {
            (
                el.clone(),
                self.into_iter()
                    .map(|attr| attr.hydrate::<true>(el))
                    .collect(),
            )
        } else {
            (
                el.clone(),
                self.into_iter()
                    .map(|attr| attr.hydrate::<false>(el))
                    .collect(),
            )
        }
        #[cfg(not(feature = "hydrate"))]
        {
            _ = el;
            panic!(
                "You are trying to hydrate AnyAttribute without the `hydrate` \
                 feature enabled."
            );
        }
    }

    fn build(self, el: &crate::renderer::types::Element) -> Self::State {
        (
            el.clone(),
            self.into_iter().map(|attr| attr.build(el)).collect(),
        )
    }

    fn rebuild(self, state: &mut Self::State) {
        let (el, state) = state;
        for old in mem::take(state) {
            old.remove();
        }
        *state = self.into_iter().map(|s| s.build(el)).collect();
    }

    fn into_cloneable(self) -> Self::Cloneable {
        self
    }

    fn into_cloneable_owned(self) -> Self::CloneableOwned {
        self
    }

    fn dry_resolve(&mut self) {
        #[cfg(feature = "ssr")]
        {
            for attr in self.iter_mut() {
                attr.dry_resolve()
            }
        }
        #[cfg(not(feature = "ssr"))]
        panic!(
            "You are rendering AnyAttribute to HTML without the `ssr` feature \
             enabled."
        );
    }

    async fn resolve(self) -> Self::AsyncOutput {
        #[cfg(feature = "ssr")]
        {
            futures::future::join_all(
                self.into_iter().map(|attr| attr.resolve()),
            )
            .await
        }
        #[cfg(not(feature = "ssr"))]
        panic!(
            "You are rendering AnyAttribute to HTML without the `ssr` feature \
             enabled."
        );
    }

    fn keys(&self) -> Vec<NamedAttributeKey> {
        self.iter().flat_map(|s| s.keys()).collect()
    }
}
