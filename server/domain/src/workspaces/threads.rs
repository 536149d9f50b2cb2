//! Threads of the caller's own in a workspace. Their slug is their id.

use entity::threads;
use types::threads::{ChangeThreadRequest, CreateThreadRequest};
use types::workspaces::WorkspaceThread;

use super::Found;
use crate::access::Principal;
use crate::threads as rules;
use crate::{Core, Error};

/// Name of a thread that was given none.
const DEFAULT_NAME: &str = "Thread";

pub(super) fn to_wire(workspace_id: &str, thread: threads::Model) -> WorkspaceThread {
    WorkspaceThread {
        slug: thread.id.clone(),
        id: thread.id,
        name: thread.title,
        user_id: thread.user_id,
        workspace_id: workspace_id.to_owned(),
    }
}

/// A thread of the caller's own in a workspace. Others' threads are not there, not even those their team sees.
pub async fn find_thread(
    core: &Core,
    who: &Principal,
    workspace: &Found,
    slug: &str,
) -> Result<WorkspaceThread, Error> {
    let thread = rules::find(core.db.read(), who, slug).await?;
    if thread.user_id != who.user_id || thread.project_id.as_deref() != Some(workspace.id()) {
        return Err(Error::NotFound("Thread"));
    }
    Ok(to_wire(workspace.id(), thread))
}

/// Makes a thread in a workspace.
pub async fn create_thread(
    core: &Core,
    who: &Principal,
    workspace: &Found,
    name: Option<String>,
) -> Result<WorkspaceThread, Error> {
    let name = name.filter(|name| !name.trim().is_empty());
    let input = CreateThreadRequest {
        title: Some(name.unwrap_or_else(|| DEFAULT_NAME.to_owned())),
        project_id: Some(workspace.id().to_owned()),
        ..CreateThreadRequest::default()
    };
    let made = rules::create(core, who, input, None).await?.thread;
    find_thread(core, who, workspace, &made.id).await
}

/// Names a thread of a workspace anew.
pub async fn change_thread(
    core: &Core,
    who: &Principal,
    workspace: &Found,
    slug: &str,
    name: Option<String>,
) -> Result<WorkspaceThread, Error> {
    find_thread(core, who, workspace, slug).await?;
    let input = ChangeThreadRequest {
        title: name,
        ..ChangeThreadRequest::default()
    };
    rules::change(core, who, slug, input).await?;
    find_thread(core, who, workspace, slug).await
}

/// Deletes a thread of a workspace with everything said in it.
pub async fn delete_thread(core: &Core, who: &Principal, workspace: &Found, slug: &str) -> Result<(), Error> {
    find_thread(core, who, workspace, slug).await?;
    rules::delete(core, who, slug).await
}
