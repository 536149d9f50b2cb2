use super::{attributes_to_html, ElementState};
use crate::{
    html::attribute::{any_attribute::AnyAttribute, Attribute, NextAttribute},
    hydration::{failed_to_cast_element, Cursor},
    renderer::{CastFrom, Rndr},
    ssr::StreamBuilder,
    view::{
        add_attr::AddAnyAttr, Mountable, Position, PositionState, Render,
        RenderHtml,
    },
};
use futures::future::join;
use std::borrow::Cow;

/// An element whose tag is a value instead of a type: what becomes of an
/// [`HtmlElement`](super::HtmlElement) when it is erased, so that all elements share their code.
pub struct NamedElement<At, Ch> {
    pub(super) tag: Cow<'static, str>,
    pub(super) kind: Kind,
    pub(super) attributes: At,
    pub(super) children: Ch,
}

/// What the constants of [`ElementType`](super::ElementType) say.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) namespace: Option<&'static str>,
    pub(super) self_closing: bool,
    pub(super) escape_children: bool,
}

impl<At, Ch> AddAnyAttr for NamedElement<At, Ch>
where
    At: Attribute + Send,
    Ch: RenderHtml + Send,
{
    type Output<SomeNewAttr: Attribute> =
        NamedElement<<At as NextAttribute>::Output<SomeNewAttr>, Ch>;

    fn add_any_attr<NewAttr: Attribute>(
        self,
        attr: NewAttr,
    ) -> Self::Output<NewAttr>
    where
        Self::Output<NewAttr>: RenderHtml,
    {
        NamedElement {
            tag: self.tag,
            kind: self.kind,
            attributes: self.attributes.add_any_attr(attr),
            children: self.children,
        }
    }
}

impl<At, Ch> Render for NamedElement<At, Ch>
where
    At: Attribute,
    Ch: Render,
{
    type State = ElementState<At::State, Ch::State>;

    fn build(self) -> Self::State {
        let el = Rndr::create_element(&self.tag, self.kind.namespace);
        let attrs = self.attributes.build(&el);
        let children = (!self.kind.self_closing).then(|| {
            let mut children = self.children.build();
            children.mount(&el, None);
            children
        });
        ElementState {
            el,
            attrs,
            children,
        }
    }

    // Another element may have another tag.
    fn rebuild(self, state: &mut Self::State) {
        let mut new = self.build();
        state.insert_before_this(&mut new);
        state.unmount();
        *state = new;
    }
}

impl<At, Ch> RenderHtml for NamedElement<At, Ch>
where
    At: Attribute + Send,
    Ch: RenderHtml + Send,
{
    type AsyncOutput = NamedElement<At::AsyncOutput, Ch::AsyncOutput>;
    type Owned = NamedElement<At::CloneableOwned, Ch::Owned>;

    const MIN_LENGTH: usize = At::MIN_LENGTH + Ch::MIN_LENGTH;

    fn dry_resolve(&mut self) {
        self.attributes.dry_resolve();
        self.children.dry_resolve();
    }

    async fn resolve(self) -> Self::AsyncOutput {
        let (attributes, children) =
            join(self.attributes.resolve(), self.children.resolve()).await;
        NamedElement {
            tag: self.tag,
            kind: self.kind,
            attributes,
            children,
        }
    }

    fn html_len(&self) -> usize {
        let tag = self.tag.len();
        if self.kind.self_closing {
            3 + tag + self.attributes.html_len()
        } else {
            5 + 2 * tag + self.attributes.html_len() + self.children.html_len()
        }
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        _escape: bool,
        mark_branches: bool,
        extra_attributes: Vec<AnyAttribute>,
    ) {
        buf.push('<');
        buf.push_str(&self.tag);
        let inner_html =
            attributes_to_html((self.attributes, extra_attributes), buf);
        buf.push('>');

        if !self.kind.self_closing {
            if !inner_html.is_empty() {
                buf.push_str(&inner_html);
            } else if Ch::EXISTS {
                *position = Position::FirstChild;
                self.children.to_html_with_buf(
                    buf,
                    position,
                    self.kind.escape_children,
                    mark_branches,
                    vec![],
                );
            }
            buf.push_str("</");
            buf.push_str(&self.tag);
            buf.push('>');
        }
        *position = Position::NextChild;
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buffer: &mut StreamBuilder,
        position: &mut Position,
        _escape: bool,
        mark_branches: bool,
        extra_attributes: Vec<AnyAttribute>,
    ) where
        Self: Sized,
    {
        let mut buf = String::new();
        buf.push('<');
        buf.push_str(&self.tag);
        let inner_html =
            attributes_to_html((self.attributes, extra_attributes), &mut buf);
        buf.push('>');
        buffer.push_sync(&buf);

        if !self.kind.self_closing {
            *position = Position::FirstChild;
            if !inner_html.is_empty() {
                buffer.push_sync(&inner_html);
            } else if Ch::EXISTS {
                self.children.to_html_async_with_buf::<OUT_OF_ORDER>(
                    buffer,
                    position,
                    self.kind.escape_children,
                    mark_branches,
                    vec![],
                );
            }
            let mut buf = String::with_capacity(3 + self.tag.len());
            buf.push_str("</");
            buf.push_str(&self.tag);
            buf.push('>');
            buffer.push_sync(&buf);
        }
        *position = Position::NextChild;
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> Self::State {
        /// codegen optimisation: what does not depend on the types is there once
        fn find(
            cursor: &Cursor,
            position: &PositionState,
            tag: &str,
        ) -> crate::renderer::types::Element {
            let at = position.get();
            if at == Position::FirstChild {
                cursor.child();
            } else if at != Position::Current {
                cursor.sibling();
            }
            crate::renderer::types::Element::cast_from(cursor.current())
                .unwrap_or_else(|| {
                    failed_to_cast_element(tag, cursor.current())
                })
        }
        fn leave(
            cursor: &Cursor,
            position: &PositionState,
            el: &crate::renderer::types::Element,
        ) {
            cursor.set(
                <crate::renderer::types::Element as AsRef<
                    crate::renderer::types::Node,
                >>::as_ref(el)
                .clone(),
            );
            position.set(Position::NextChild);
        }

        let el = find(cursor, position, &self.tag);
        let attrs = self.attributes.hydrate::<FROM_SERVER>(&el);
        let children = (Ch::EXISTS && self.kind.escape_children).then(|| {
            position.set(Position::FirstChild);
            self.children.hydrate::<FROM_SERVER>(cursor, position)
        });
        leave(cursor, position, &el);
        ElementState {
            el,
            attrs,
            children,
        }
    }

    async fn hydrate_async(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> Self::State {
        self.hydrate::<true>(cursor, position)
    }

    fn into_owned(self) -> Self::Owned {
        NamedElement {
            tag: self.tag,
            kind: self.kind,
            attributes: self.attributes.into_cloneable_owned(),
            children: self.children.into_owned(),
        }
    }
}
