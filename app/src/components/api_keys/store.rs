//! What the page knows of the keys.

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::ErrorCode;
use types::api_keys::{ApiKey, CreatedApiKey, KeysPage, TeamRef};

use super::expiry::Expiry;
use crate::contexts::opening::FirstPage;
use crate::contexts::toasts::{Toasts, use_toasts};
use crate::hooks::dates;
use crate::hooks::failures::signed_out;
use crate::server_fns::Failure;
use crate::server_fns::api_keys::{keys_page, rename_key, revoke_key};

/// How far the page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Nothing is there yet.
    Loading,
    /// Nothing could be fetched.
    Failed(String),
    /// The person may not have keys.
    Barred,
    /// The keys are there.
    Ready,
}

/// The keys, and what belongs to them.
#[derive(Clone, Copy)]
pub struct Keys {
    /// How far the page is.
    pub stage: RwSignal<Stage>,
    /// Whether something is being fetched to take a failure's place.
    pub fetching: RwSignal<bool>,
    /// The keys, as the server orders them.
    pub list: RwSignal<Vec<ApiKey>>,
    /// Everything else the server said; neither keys nor time are in it.
    pub about: RwSignal<KeysPage>,
    /// The server's time in seconds, as of the last look at the clock.
    pub now: RwSignal<i64>,
    /// The server's time as it was when the keys came first.
    pub came: StoredValue<String>,
    /// How far the server's clock is ahead of this one.
    ahead: StoredValue<i64>,
    /// Counts changes made here, so that an answer from before one is not taken for news.
    changes: StoredValue<u32>,
    toasts: Toasts,
}

impl Keys {
    /// What the document brought, if it brought anything.
    pub fn new(first: FirstPage) -> Self {
        let nothing = KeysPage {
            can_access: true,
            keys: Vec::new(),
            live: 0,
            limit: 0,
            endpoints: Vec::new(),
            teams: Vec::new(),
            example: None,
            now: String::new(),
        };
        let keys = Self {
            stage: RwSignal::new(Stage::Loading),
            fetching: RwSignal::new(false),
            list: RwSignal::new(Vec::new()),
            about: RwSignal::new(nothing),
            now: RwSignal::new(0),
            came: StoredValue::new(String::new()),
            ahead: StoredValue::new(0),
            changes: StoredValue::new(0),
            toasts: use_toasts(),
        };
        match first {
            FirstPage::Keys(Ok(page)) => keys.take(page),
            FirstPage::Keys(Err(failure)) => keys.stage.set(Stage::Failed(failure.to_string())),
            _ => {}
        }
        keys
    }

    fn take(self, mut page: KeysPage) {
        let list = std::mem::take(&mut page.keys);
        let stage = if page.can_access { Stage::Ready } else { Stage::Barred };
        if let Some(now) = dates::parse(&page.now) {
            self.now.set(now);
        }
        let came = std::mem::take(&mut page.now);
        self.came.update_value(|first| {
            if first.is_empty() {
                *first = came;
            }
        });
        // Most of the time nothing is new, and then nothing is rendered again.
        if self.about.with_untracked(|old| *old != page) {
            self.about.set(page);
        }
        if self.list.with_untracked(|old| *old != list) {
            self.list.set(list);
        }
        if self.stage.with_untracked(|old| *old != stage) {
            self.stage.set(stage);
        }
    }

    /// Sets the page's clock by the server's. Only in the browser, when the server's time is news.
    pub fn set_clock(self) {
        let now = self.now.get_untracked();
        if now > 0 {
            self.ahead.set_value(now - dates::now());
        }
    }

    /// Looks at the clock; what has expired meanwhile shows it. Only in the browser.
    pub fn look_at_clock(self) -> i64 {
        let now = dates::now() + self.ahead.try_get_value().unwrap_or_default();
        _ = self.now.try_set(now);
        now
    }

    /// Fetches everything, and shows it when that fails.
    pub fn load(self) {
        if self.fetching.get_untracked() {
            return;
        }
        self.fetching.set(true);
        spawn_local(async move {
            let result = keys_page().await;
            if self.fetching.try_set(false).is_some() {
                return;
            }
            match result {
                Ok(page) => {
                    self.take(page);
                    self.set_clock();
                }
                Err(failure) if signed_out(&failure) => {}
                Err(failure) => self.stage.set(Stage::Failed(failure.to_string())),
            }
        });
    }

    /// Fetches what may have changed elsewhere. Nobody hears of it when that fails.
    pub fn refresh(self) {
        if self.stage.try_get_untracked() != Some(Stage::Ready) {
            return;
        }
        let before = self.changes.get_value();
        spawn_local(async move {
            let result = keys_page().await;
            if self.changes.try_get_value() != Some(before) {
                return;
            }
            match result {
                Ok(page) => {
                    self.take(page);
                    self.set_clock();
                }
                Err(failure) => {
                    _ = signed_out(&failure);
                }
            }
        });
    }

    fn changed(self) {
        _ = self
            .changes
            .try_update_value(|changes| *changes = changes.wrapping_add(1));
    }

    /// How many keys are good.
    pub fn live(self) -> usize {
        let now = self.now.get();
        self.list.with(|list| {
            list.iter()
                .filter(|key| Expiry::of(key.expires_at.as_deref(), now) != Expiry::Over)
                .count()
        })
    }

    /// Whether there may be no more of them.
    pub fn is_full(self) -> bool {
        self.live() >= self.about.with(|about| about.limit as usize)
    }

    /// One key, as long as it is there; after that as it was last.
    pub fn follow(self, key: ApiKey) -> Memo<ApiKey> {
        Memo::new(move |last: Option<&ApiKey>| {
            let found = self
                .list
                .with(|list| list.iter().find(|other| other.id == key.id).cloned());
            found.or_else(|| last.cloned()).unwrap_or_else(|| key.clone())
        })
    }

    /// Takes a key that has just been made into the list. Its secret is none of the list's business.
    pub fn add(self, created: &CreatedApiKey) {
        let made = &created.key;
        let name = made.team_name.clone();
        let team = made.team_id.clone().zip(name).map(|(id, name)| TeamRef { id, name });
        let key = ApiKey {
            id: made.id.clone(),
            name: made.name.clone(),
            key_prefix: made.key_prefix.clone(),
            team_id: made.team_id.clone(),
            team,
            last_used_at: None,
            expires_at: made.expires_at.clone(),
            created_at: made.created_at.clone(),
        };
        self.changed();
        _ = self.list.try_update(|list| list.insert(0, key));
    }

    /// Gives a key another name; the answer says why not.
    pub async fn rename(self, id: String, name: String) -> Result<(), Failure> {
        self.changed();
        let result = rename_key(id, name).await;
        self.changed();
        match result {
            Ok(renamed) => {
                _ = self.list.try_update(|list| {
                    if let Some(key) = list.iter_mut().find(|key| key.id == renamed.id) {
                        *key = renamed;
                    }
                });
                Ok(())
            }
            Err(failure) => {
                signed_out(&failure);
                Err(failure)
            }
        }
    }

    /// Revokes a key. It goes at once, and comes back where it was, with the reason, if it could not be revoked.
    pub fn revoke(self, id: String) {
        self.changed();
        let mut taken = None;
        self.list.update(|list| {
            if let Some(at) = list.iter().position(|key| key.id == id) {
                taken = Some((at, list.remove(at)));
            }
        });
        let Some((at, key)) = taken else { return };
        spawn_local(async move {
            let result = revoke_key(id).await;
            self.changed();
            let Err(failure) = result else { return };
            // Somebody was faster; it is gone all the same.
            if failure.code() == ErrorCode::NotFound || signed_out(&failure) {
                return;
            }
            self.toasts
                .fail("The key “".to_owned() + &key.name + "” was not revoked. " + &failure.to_string());
            _ = self.list.try_update(|list| {
                let at = at.min(list.len());
                list.insert(at, key);
            });
        });
    }
}
