//! Which model is asked when another cannot be had.

use std::collections::HashMap;

use crate::config::{ChatConfig, ModelConfig};

/// The fallbacks of an instance, by id.
#[derive(Debug)]
pub(super) struct Fallbacks {
    own: HashMap<String, String>,
    general: Option<String>,
}

impl Fallbacks {
    /// The fallbacks a configuration names, each with the key that names it.
    pub(super) fn named<'c>(
        models: &'c [ModelConfig],
        chat: &'c ChatConfig,
    ) -> impl Iterator<Item = (String, &'c str)> {
        let own = models.iter().enumerate().filter_map(|(index, model)| {
            let named = model.fallback.as_deref()?;
            Some((format!("models[{index}].fallback"), named))
        });
        let general = chat.fallback_model.as_deref();
        own.chain(general.map(|named| ("chat.fallback_model".to_owned(), named)))
    }

    /// Takes them in.
    ///
    /// # Errors
    /// A sentence that names the key: what it names is not a model, or would stand in for itself.
    pub(super) fn from_config(models: &[ModelConfig], chat: &ChatConfig, known: &[&str]) -> Result<Self, String> {
        for (key, named) in Self::named(models, chat) {
            if !known.contains(&named) {
                let known = known.join(", ");
                return Err(format!("{key}: \"{named}\" is not the id of a model; one of: {known}"));
            }
        }
        if let Some(index) = models
            .iter()
            .position(|model| model.fallback.as_ref() == Some(&model.id))
        {
            return Err(format!(
                "models[{index}].fallback: the id of another model than this one"
            ));
        }
        let own = models
            .iter()
            .filter_map(|model| Some((model.id.clone(), model.fallback.clone()?)));
        Ok(Self {
            own: own.collect(),
            general: chat.fallback_model.clone(),
        })
    }

    /// The id of the model that is asked when this one cannot be had.
    pub(super) fn of(&self, id: &str) -> Option<&str> {
        let named = self.own.get(id).or(self.general.as_ref())?;
        (named != id).then_some(named)
    }
}
