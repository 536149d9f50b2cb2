//! What is shown of the models.

use types::models::{ModelStatus, ModelView, ModelsAnswer};
use types::settings::ModelChoice;

use super::{ChatModel, Health};
use crate::Core;

/// The models there are and how they do, in the order of the configuration. Nobody's server is asked for it.
pub fn overview(core: &Core) -> ModelsAnswer {
    let default = core.models.default_model().info().id.clone();
    let models = core.models.models();
    ModelsAnswer {
        models: models.map(|model| view(&**model, &default)).collect(),
    }
}

/// The same in short, for who chooses one.
pub fn choices(core: &Core) -> Vec<ModelChoice> {
    let choice = |model: ModelView| ModelChoice {
        id: model.id,
        name: model.name,
        problem: model.problem,
    };
    overview(core).models.into_iter().map(choice).collect()
}

fn view(model: &dyn ChatModel, default: &str) -> ModelView {
    let info = model.info();
    let (status, problem) = match model.health() {
        Health::Ok => (ModelStatus::Ok, None),
        Health::Unknown => (ModelStatus::Unknown, None),
        Health::Failing { problem } => (ModelStatus::Failing, Some(problem)),
    };
    ModelView {
        id: info.id.clone(),
        name: info.name.clone(),
        provider: info.provider.to_owned(),
        context_window: model.window(),
        is_default: info.id == default,
        status,
        problem,
    }
}
