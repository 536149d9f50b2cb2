//! What the benchmarks share: an instance with one user, and how times are told.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::Core;
use domain::access::Principal;
use domain::accounts::{self, Client};
use domain::clock::Clock;
use domain::config::Config;
use sea_orm::{ConnectionTrait, Database, DbBackend};
use types::accounts::RegisterRequest;

/// The databases there are: always `SQLite`, `PostgreSQL` where there is a server.
pub(crate) fn urls() -> Vec<Option<String>> {
    let mut urls = vec![None];
    urls.extend(std::env::var("TEST_POSTGRES_URL").ok().map(Some));
    urls
}

/// An instance with one user, whose password is `correct horse`, on a database of its own.
pub(crate) struct Instance {
    pub(crate) name: &'static str,
    pub(crate) core: Arc<Core>,
    pub(crate) who: Principal,
    folder: Option<PathBuf>,
}

impl Instance {
    /// Without a change of the configuration there is no work in the background: nothing is left to be done that way.
    pub(crate) async fn make(postgres: Option<&str>, change: Option<&dyn Fn(&mut Config)>) -> Self {
        let name = format!("latchkey_bench_{}", domain::clock::new_id().replace('-', ""));
        let (url, folder) = match postgres {
            Some(server) => {
                let admin = Database::connect(server).await.unwrap();
                admin
                    .execute_unprepared(&format!("CREATE DATABASE {name}"))
                    .await
                    .unwrap();
                admin.close().await.unwrap();
                (format!("{}/{name}", server.rsplit_once('/').unwrap().0), None)
            }
            None => {
                let folder = std::env::temp_dir().join(&name);
                (format!("sqlite://{}/latchkey.db", folder.display()), Some(folder))
            }
        };
        let mut config = Config::default();
        config.database.url = url;
        let core = match change {
            None => Arc::new(Core::open(config.validated().unwrap(), Clock::system()).await.unwrap()),
            Some(change) => {
                change(&mut config);
                Core::start(config.validated().unwrap(), Clock::system()).await.unwrap()
            }
        };
        let client = Client::local(core.clock.now());
        let input = RegisterRequest {
            email: "bench@example.com".to_owned(),
            password: "correct horse".to_owned(),
            name: None,
        };
        let session = accounts::register(&core, input, &client).await.unwrap();
        let token = accounts::sessions::Credential::Token(&session.signed_in.token);
        let who = accounts::authenticate(&core, token).await.unwrap();
        Self {
            name: match core.db.backend() {
                DbBackend::Postgres => "PostgreSQL",
                _ => "SQLite",
            },
            core,
            who,
            folder,
        }
    }

    pub(crate) async fn remove(self) {
        self.core.db.close().await.unwrap();
        if let Some(folder) = self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

pub(crate) fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

pub(crate) fn line(times: &mut [Duration]) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    format!(
        "p50 {:.1} ms, p95 {:.1} ms",
        ms(percentile(times, 50)),
        ms(percentile(times, 95))
    )
}

/// How a line begins that tells whether a bound was held.
pub(crate) fn verdict(held: bool) -> &'static str {
    if held { "ok    " } else { "MISSED" }
}
