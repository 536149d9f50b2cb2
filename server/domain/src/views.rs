//! Threads and messages as the pages show them: rows in, what one person sees out, answers as HTML.

use std::collections::HashMap;
use std::sync::Arc;

use entity::messages::{self, MessageRole};
use entity::{Timestamp, api_keys, users};
use moka::sync::Cache;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use types::views::{MessageDetails, MessageView, OlderMessages, OpenThread, Said};

use crate::access::Principal;
use crate::chat::{self, Anew, Ask, Started};
use crate::idempotency::{self, Known};
use crate::messages::{
    Row, feedback_of, find_message, is_running, report_of, role_to_wire, rows_of, sources_of, status_to_wire, usage_of,
};
use crate::page::PageRequest;
use crate::threads::{find, require_role, row_of};
use crate::{Core, Error};

/// Bytes of rendered answers that are kept.
const KEPT_BYTES: u64 = 32 * 1024 * 1024;

/// A thread the caller may see, with its newest messages.
pub async fn open_thread(core: &Core, who: &Principal, id: &str) -> Result<OpenThread, Error> {
    // Before anything is read: what changes while it is read is then heard of again, and not missed.
    let at = core.feed.position();
    let thread = find(core.db.read(), who, id).await?;
    let writable = match require_role(core.db.read(), who, &thread).await {
        Ok(()) => true,
        Err(Error::Forbidden(_)) => false,
        Err(error) => return Err(error),
    };
    let (rows, cursor) = rows_of(core, &thread.id, &PageRequest::default()).await?;
    Ok(OpenThread {
        messages: views(core, who, rows).await?,
        row: row_of(core, who, thread).await?,
        cursor,
        at,
        writable,
    })
}

/// The page of messages before those that are shown.
pub async fn older_messages(core: &Core, who: &Principal, id: &str, cursor: String) -> Result<OlderMessages, Error> {
    let thread = find(core.db.read(), who, id).await?;
    let page = PageRequest {
        limit: None,
        cursor: Some(cursor),
    };
    let (rows, cursor) = rows_of(core, &thread.id, &page).await?;
    Ok(OlderMessages {
        messages: views(core, who, rows).await?,
        cursor,
    })
}

/// A message the caller may see.
pub async fn message(core: &Core, who: &Principal, id: &str) -> Result<MessageView, Error> {
    let row = find_message(core.db.read(), who, id).await?;
    view(core, who, row).await
}

/// The messages of a thread from a place in it on, oldest first, and whether there are more than that.
pub async fn messages_from(
    core: &Core,
    who: &Principal,
    thread_id: &str,
    seq: i64,
    most: u64,
) -> Result<(Vec<MessageView>, bool), Error> {
    let thread = find(core.db.read(), who, thread_id).await?;
    let mut rows = messages::Entity::oldest_of_thread(core.db.backend(), &thread.id, seq)
        .find_also_related(api_keys::Entity)
        .limit(most + 1)
        .all(core.db.read())
        .await?;
    let more = crate::page::cut(&mut rows, most);
    Ok((views(core, who, rows).await?, more))
}

/// Says something and starts the answer. Said again with the same `attempt`, it is the same answer.
pub async fn say(core: &Arc<Core>, who: &Principal, ask: Ask, attempt: Option<&str>) -> Result<Said, Error> {
    let claim = match attempt {
        None => None,
        Some(attempt) => {
            let fields = [&ask.thread_id, &ask.project_id, &ask.team_id, &ask.model, &ask.replaces];
            let mut request = vec![b"say".as_slice(), ask.content.as_bytes()];
            request.extend(fields.map(|field| field.as_deref().unwrap_or_default().as_bytes()));
            match idempotency::claim(core, &who.user_id, attempt, &request).await? {
                Known::New(claim) => Some(claim),
                Known::Started { message_id } => return said(core, who, &message_id, Vec::new()).await,
                Known::Answered { .. } => return Err(Error::IdempotencyKeyReused),
            }
        }
    };
    let started = to_its_end(core, {
        let (core, who) = (Arc::clone(core), who.clone());
        async move {
            let started = chat::start(&core, &who, ask, claim.as_ref()).await;
            if let (Err(_), Some(claim)) = (&started, claim) {
                claim.release(&core).await;
            }
            started
        }
    });
    let started = started.await?;
    said(core, who, &started.follower.message_id, started.superseded).await
}

/// Starts a new answer in place of an answer and everything after it.
pub async fn regenerate(
    core: &Arc<Core>,
    who: &Principal,
    message_id: &str,
    model: Option<String>,
    request_id: &str,
) -> Result<Said, Error> {
    let anew = Anew {
        message_id: message_id.to_owned(),
        model,
        request_id: Some(request_id.to_owned()),
    };
    let started = to_its_end(core, {
        let (core, who) = (Arc::clone(core), who.clone());
        async move { chat::regenerate(&core, &who, anew, None).await }
    });
    let started = started.await?;
    let mut said = said(core, who, &started.follower.message_id, started.superseded).await?;
    said.asked = None;
    Ok(said)
}

/// Lets an act go on when the caller goes away, so that none is left half done.
async fn to_its_end(
    core: &Core,
    act: impl Future<Output = Result<Started, Error>> + Send + 'static,
) -> Result<Started, Error> {
    let acted = core.tasks.spawn(act).await;
    acted.map_err(|error| Error::Internal(error.to_string()))?
}

async fn said(core: &Core, who: &Principal, answer_id: &str, superseded: Vec<String>) -> Result<Said, Error> {
    let answer = find_message(core.db.read(), who, answer_id).await?;
    let thread = find(core.db.read(), who, &answer.0.thread_id).await?;
    let asked = match &answer.0.reply_to {
        Some(id) => find_message(core.db.read(), who, id).await.map(Some),
        None => Ok(None),
    };
    let asked = match asked {
        Ok(None) | Err(Error::NotFound(_)) => None,
        Ok(Some(row)) => Some(view(core, who, row).await?),
        Err(error) => return Err(error),
    };
    Ok(Said {
        row: row_of(core, who, thread).await?,
        asked,
        answer: view(core, who, answer).await?,
        superseded,
    })
}

/// What is to be known about a message beyond its text.
pub async fn message_details(core: &Core, who: &Principal, id: &str) -> Result<MessageDetails, Error> {
    let (message, key) = find_message(core.db.read(), who, id).await?;
    let own = message.user_id == who.user_id && !message.author_left;
    Ok(MessageDetails {
        model: model_name(core, &message),
        usage: usage_of(&message),
        started_at: message.created_at.to_string(),
        ended_at: (!is_running(&message)).then(|| message.updated_at.to_string()),
        key_prefix: key.as_ref().filter(|_| own).map(|key| key.key_prefix.clone()),
        via: key.map(|key| key.name),
        sources: sources_of(&message),
        prompt_report: report_of(&message),
        reasoning: message.reasoning,
        model_id: message.model,
        request_id: message.request_id,
        finish_reason: message.finish_reason,
    })
}

async fn view(core: &Core, who: &Principal, row: Row) -> Result<MessageView, Error> {
    let mut views = views(core, who, vec![row]).await?;
    views.pop().ok_or(Error::NotFound("Message"))
}

async fn views(core: &Core, who: &Principal, rows: Vec<Row>) -> Result<Vec<MessageView>, Error> {
    let authors = authors(core, who, &rows).await?;
    let mut blocks = rendered(core, &rows).await?.into_iter();
    let views = rows.into_iter().map(|(message, key)| {
        let answer = message.role == MessageRole::Assistant;
        let mine = message.user_id == who.user_id && !message.author_left;
        let author = if message.author_left {
            Some(FORMER_MEMBER.to_owned())
        } else {
            authors.get(&message.user_id).cloned()
        };
        MessageView {
            model: model_name(core, &message),
            via: key.map(|key| key.name),
            author: author.filter(|_| !mine && !answer),
            mine,
            feedback: feedback_of(&message),
            role: role_to_wire(message.role),
            status: status_to_wire(message.status),
            blocks: cited(blocks.next().unwrap_or_default(), &message),
            reasoning: message.reasoning,
            text: if answer { String::new() } else { message.content },
            id: message.id,
            thread_id: message.thread_id,
            seq: message.seq,
            error: message.error,
            request_id: message.request_id,
            created_at: message.created_at.to_string(),
        }
    });
    Ok(views.collect())
}

/// The blocks of an answer with its citations, and a row of what it rests on.
fn cited(blocks: Vec<String>, message: &messages::Model) -> Vec<String> {
    let sources = sources_of(message);
    let numbered = || {
        let sources = sources.iter();
        sources.filter_map(|source| Some((source.number?, source.title.as_str())))
    };
    let Some(row) = markdown::sources(numbered()) else {
        return blocks;
    };
    let numbers: Vec<u32> = numbered().map(|(number, _)| number).collect();
    let blocks = blocks.iter().map(|block| markdown::cite(block, &numbers));
    blocks.chain([row]).collect()
}

pub(crate) fn model_name(core: &Core, message: &messages::Model) -> Option<String> {
    let id = message.model.as_ref()?;
    // Of a model that is no longer configured the id is all that is known.
    Some(
        core.models
            .get(id)
            .map_or_else(|| id.clone(), |model| model.info().name.clone()),
    )
}

/// Who wrote what somebody left whose account is gone.
pub(crate) const FORMER_MEMBER: &str = "Former member";

/// The names of others who wrote some of these.
pub(crate) async fn authors(core: &Core, who: &Principal, rows: &[Row]) -> Result<HashMap<String, String>, DbErr> {
    names_of_others(core, who, rows.iter().map(|(message, _)| message.user_id.as_str())).await
}

/// What to call those of these people who are not the caller.
pub(crate) async fn names_of_others(
    core: &Core,
    who: &Principal,
    ids: impl Iterator<Item = &str>,
) -> Result<HashMap<String, String>, DbErr> {
    use users::Column;
    let mut ids: Vec<&str> = ids.filter(|id| *id != who.user_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let people: Vec<(String, String, String, Option<Timestamp>)> = users::Entity::find()
        .select_only()
        .columns([Column::Id, Column::Name, Column::Email, Column::DeletedAt])
        .filter(Column::Id.is_in(ids))
        .into_tuple()
        .all(core.db.read())
        .await?;
    let named = people.into_iter().map(|(id, name, email, deleted_at)| {
        let name = match name.trim() {
            _ if deleted_at.is_some() => FORMER_MEMBER.to_owned(),
            "" => email,
            _ => name,
        };
        (id, name)
    });
    Ok(named.collect())
}

/// Answers that are over, as HTML. What can still grow is not in it.
#[derive(Debug)]
pub(crate) struct Rendered(Cache<Key, Arc<Vec<String>>>);

/// A row, how long its text is and when it last changed: the same text, as far as an answer that is over can have another.
type Key = (i64, usize, i64);

impl Default for Rendered {
    fn default() -> Self {
        let weigh = |_: &Key, blocks: &Arc<Vec<String>>| {
            let bytes = blocks
                .iter()
                .map(|block| block.len() + size_of::<String>())
                .sum::<usize>();
            u32::try_from(bytes + 128).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(KEPT_BYTES).weigher(weigh).build())
    }
}

/// The blocks of each row; none for what is no answer.
async fn rendered(core: &Core, rows: &[Row]) -> Result<Vec<Vec<String>>, Error> {
    let mut blocks: Vec<Vec<String>> = vec![Vec::new(); rows.len()];
    let mut wanted = Vec::new();
    for (at, (message, _)) in rows.iter().enumerate() {
        if message.role != MessageRole::Assistant {
            continue;
        }
        let growing = core.chat.text_of(&message.id).filter(|_| is_running(message));
        let text = growing.as_ref().unwrap_or(&message.content);
        let key = (!is_running(message)).then(|| (message.seq, text.len(), message.updated_at.millis()));
        if let Some(known) = key.and_then(|key| core.rendered.0.get(&key)) {
            blocks[at] = known.to_vec();
        } else if !text.is_empty() {
            wanted.push((at, key, text.clone()));
        }
    }
    if wanted.is_empty() {
        return Ok(blocks);
    }
    let render = move || {
        let rendered = wanted
            .into_iter()
            .map(|(at, key, text)| (at, key, markdown::render(&text)));
        rendered.collect::<Vec<_>>()
    };
    let rendered = tokio::task::spawn_blocking(render)
        .await
        .map_err(|error| Error::Internal(error.to_string()))?;
    for (at, key, rendered) in rendered {
        if let Some(key) = key {
            core.rendered.0.insert(key, Arc::new(rendered.clone()));
        }
        blocks[at] = rendered;
    }
    Ok(blocks)
}
