//! Accounts.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// What a user is to the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum UserRole {
    /// An ordinary user.
    #[sea_orm(string_value = "user")]
    User,
    /// May see and change every account.
    #[sea_orm(string_value = "admin")]
    Admin,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Lower case; unique.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// Display name; may be empty.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// bcrypt.
    #[sea_orm(column_type = "Text")]
    pub password_hash: String,
    /// What the user is to the instance.
    pub role: UserRole,
    /// Id of a configured plan.
    #[sea_orm(column_type = "Text")]
    pub plan: String,
    /// JSON object of preferences.
    #[sea_orm(column_type = "Text")]
    pub settings: String,
    /// Colour theme; none follows the system.
    #[sea_orm(column_type = "Text", nullable)]
    pub theme: Option<String>,
    /// When the account was suspended.
    pub suspended_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When the account was deleted; what is left of it is being cleared away.
    pub deleted_at: Option<Timestamp>,
}

/// Relations.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
