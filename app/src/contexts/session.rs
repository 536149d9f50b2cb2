//! Who is here.

use leptos::prelude::*;

use crate::hooks::returned_form::ReturnedForm;
use crate::server_fns::accounts::{Person, Visitor};

/// The visitor of this document. Signing in and out are new documents, so that nothing of one person is left in memory
/// for the next.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    person: RwSignal<Option<Person>>,
    place: StoredValue<Place>,
}

#[derive(Debug, Clone)]
struct Place {
    registration_open: bool,
    public_url: String,
    returned: Option<ReturnedForm>,
}

impl Session {
    /// Who is signed in; followed by whatever shows it.
    pub fn person(self) -> Option<Person> {
        self.person.get()
    }

    /// Reads something of the person, and follows it; none when nobody is signed in.
    pub fn read<T>(self, read: impl FnOnce(&Person) -> T) -> Option<T> {
        self.person.with(|person| person.as_ref().map(read))
    }

    /// Changes what is known of the person, after the server has taken it over.
    pub fn change(self, change: impl FnOnce(&mut Person)) {
        self.person.update(|person| {
            if let Some(person) = person {
                change(person);
            }
        });
    }

    /// Whether people may make accounts by themselves.
    pub fn registration_open(self) -> bool {
        self.place.with_value(|place| place.registration_open)
    }

    /// Address of this server as its users type it, without a slash at the end.
    pub fn public_url(self) -> String {
        self.place.with_value(|place| place.public_url.clone())
    }

    /// A form that the browser posted by itself and that failed.
    pub fn returned_form(self) -> Option<ReturnedForm> {
        self.place.with_value(|place| place.returned.clone())
    }
}

/// Makes the [`Session`] available to everything below.
pub(crate) fn provide_session(visitor: Visitor, returned: Option<ReturnedForm>) {
    provide_context(Session {
        person: RwSignal::new(visitor.person),
        place: StoredValue::new(Place {
            registration_open: visitor.registration_open,
            public_url: visitor.public_url,
            returned,
        }),
    });
}

/// The [`Session`] of this document.
pub fn use_session() -> Session {
    expect_context()
}
