//! Types as JSON Schema. What comes in and what goes out are described apart: a field that may be left out on the way in
//! is always there on the way out.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

const PATH: &str = "#/components/schemas/";

/// The schemas that are referred to, and those that are still to be.
#[derive(Debug)]
pub(crate) struct Schemas {
    incoming: SchemaGenerator,
    outgoing: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            incoming: settings().for_deserialize().into_generator(),
            outgoing: settings().for_serialize().into_generator(),
        }
    }
}

impl Schemas {
    /// A type that is read.
    pub(super) fn incoming<T: JsonSchema>(&mut self) -> Value {
        self.incoming.subschema_for::<T>().to_value()
    }

    /// A type that is written.
    pub(super) fn outgoing<T: JsonSchema>(&mut self) -> Value {
        self.outgoing.subschema_for::<T>().to_value()
    }

    /// The fields of a type that is read from a query.
    pub(super) fn properties<T: JsonSchema>(&mut self) -> Value {
        T::json_schema(&mut self.incoming).to_value()
    }

    /// All of them by name. A name stands for one type, and says the same in both directions.
    pub(super) fn finish(mut self) -> Map<String, Value> {
        let mut all = self.incoming.take_definitions(true);
        for (_, schema) in &mut all {
            tidy(schema, Way::In);
        }
        for (name, mut schema) in self.outgoing.take_definitions(true) {
            tidy(&mut schema, Way::Out);
            let before = all.insert(name.clone(), schema);
            debug_assert!(
                before.is_none_or(|before| all.get(&name) == Some(&before)),
                "{name} is not the same in a request and in an answer"
            );
        }
        all
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

/// What the contract says of all types at once, by the names of their fields: `…At` is a time, and in an answer an id is a
/// UUID (in a request it is whatever the caller believes to be one: unknown is unknown). The ids of templates may be
/// others, since built-in ones are named after what they are; those of models are as configured, and what is an `object` has an
/// id of another API.
fn tidy(schema: &mut Value, way: Way) {
    let has_other_ids = ["isBuiltIn", "provider", "object"]
        .iter()
        .any(|name| schema["properties"].get(name).is_some());
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, property) in properties {
            let is_text = property["type"] == "string" || property["type"] == json!(["string", "null"]);
            let format = match name.as_str() {
                name if name.ends_with("At") => "date-time",
                "id" if has_other_ids => continue,
                name if way == Way::Out && (name == "id" || name.ends_with("Id")) && name != "requestId" => "uuid",
                _ => continue,
            };
            if is_text && property.get("pattern").is_none() {
                property["format"] = json!(format);
            }
        }
    }
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = plain(text);
            }
            for (name, value) in fields {
                if !matches!(name.as_str(), "description" | "example" | "default" | "const" | "enum") {
                    tidy(value, way);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| tidy(item, way)),
        _ => {}
    }
}

/// A doc comment without the links that only rustdoc follows.
fn plain(text: &str) -> String {
    text.replace("[`", "`").replace("`]", "`").replace('\n', " ")
}

/// The schema that a reference leads to.
pub(crate) fn resolve<'a>(schema: &'a Value, definitions: &'a Map<String, Value>) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|path| path.strip_prefix(PATH));
    name.and_then(|name| definitions.get(name)).unwrap_or(schema)
}
