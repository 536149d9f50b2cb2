//! Documents in projects.

use sea_orm::entity::prelude::*;
use sea_orm::{QuerySelect, QueryTrait};

use crate::{Scope, Timestamp, projects};

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "documents")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The project it lies in.
    #[sea_orm(column_type = "Text")]
    pub project_id: String,
    /// Who sent it; none when their account is gone.
    #[sea_orm(column_type = "Text", nullable)]
    pub user_id: Option<String>,
    /// Its title.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// `text`, `markdown`, `html`, `pdf` or `docx`.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// Bytes of the file.
    pub size_bytes: i64,
    /// Characters that were read in it.
    pub characters: i64,
    /// Passages its text was split into.
    pub passage_count: i64,
    /// SHA-256 of the file, in hexadecimal; the same file is in a project once.
    #[sea_orm(column_type = "Text")]
    pub digest: String,
    /// When it was sent.
    pub created_at: Timestamp,
    /// The embedding model that all its passages have vectors of; empty when there is none.
    #[sea_orm(column_type = "Text")]
    pub embedding_model: String,
    /// The process that makes them; empty when none does.
    #[sea_orm(column_type = "Text")]
    pub embedding_owner: String,
    /// When another process may take that over.
    pub embedding_until: Option<Timestamp>,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The documents of the projects somebody may see.
    pub fn visible_to(scope: &Scope) -> Select<Self> {
        let projects = projects::Entity::visible_to(scope)
            .select_only()
            .column(projects::Column::Id)
            .into_query();
        Self::find().filter(Column::ProjectId.in_subquery(projects))
    }
}
