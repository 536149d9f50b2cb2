//! Reading what may be hostile: within bounds that are renewed at each thing that is read, and one thing at a time.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// What is left of two bounds: of one thing, and of everything there is to read.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    /// Bytes that one thing may have.
    most: u64,
    of_one: Rc<Cell<u64>>,
    of_all: Rc<Cell<u64>>,
    met: Rc<Cell<Option<Exceeded>>>,
}

impl Bounds {
    /// So many bytes for everything.
    pub(super) fn new(all: u64) -> Self {
        Self {
            most: u64::MAX,
            of_one: Rc::new(Cell::new(u64::MAX)),
            of_all: Rc::new(Cell::new(all)),
            met: Rc::default(),
        }
    }

    /// The same with so many bytes for each thing.
    pub(super) fn each(&self, most: u64) -> Self {
        Self {
            most,
            of_one: Rc::new(Cell::new(most)),
            of_all: Rc::clone(&self.of_all),
            met: Rc::default(),
        }
    }

    /// Which bound was met, if one was.
    pub(super) fn met(&self) -> Option<Exceeded> {
        self.met.get()
    }

    /// The next thing begins.
    pub(super) fn renew(&self) {
        self.of_one.set(self.most);
        self.met.set(None);
    }

    /// Reads within these bounds.
    pub(super) fn reader<R: Read>(&self, inner: R) -> Bounded<R> {
        Bounded {
            inner,
            bounds: self.clone(),
        }
    }
}

/// A reader that fails where a bound is.
pub(super) struct Bounded<R> {
    inner: R,
    bounds: Bounds,
}

/// Which bound was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exceeded {
    /// One thing is too large.
    One,
    /// All of it is too much.
    All,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::One => "It is larger than what can be imported in one piece",
            Self::All => "The file unpacks to far more than its size allows for",
        })
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Bounds {
            of_one, of_all, met, ..
        } = &self.bounds;
        let exceeded = match (of_one.get(), of_all.get()) {
            (_, 0) => Some(Exceeded::All),
            (0, _) => Some(Exceeded::One),
            _ => None,
        };
        if let Some(exceeded) = exceeded {
            met.set(Some(exceeded));
            return Err(io::Error::other(exceeded.to_string()));
        }
        let most = of_one.get().min(of_all.get()).min(buffer.len() as u64);
        let buffer = buffer.get_mut(..usize::try_from(most).unwrap_or(usize::MAX));
        let read = self.inner.read(buffer.unwrap_or_default())?;
        of_one.set(of_one.get().saturating_sub(read as u64));
        of_all.set(of_all.get().saturating_sub(read as u64));
        Ok(read)
    }
}

/// Takes the elements of an array one by one, each as it is written, until one is not taken.
pub(super) struct Each<'a> {
    pub(super) bounds: &'a Bounds,
    pub(super) take: &'a mut dyn FnMut(&RawValue) -> bool,
}

impl<'de> DeserializeSeed<'de> for Each<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Each<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        self.bounds.renew();
        while let Some(element) = elements.next_element::<Box<RawValue>>()? {
            if !(self.take)(&element) {
                return Err(serde::de::Error::custom("no more is wanted"));
            }
            self.bounds.renew();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, each: u64, all: u64) -> (Vec<String>, bool, Option<Exceeded>) {
        let bounds = Bounds::new(all).each(each);
        let mut taken = Vec::new();
        let mut take = |element: &RawValue| {
            taken.push(element.get().to_owned());
            true
        };
        let seed = Each {
            bounds: &bounds,
            take: &mut take,
        };
        let reader = io::BufReader::with_capacity(4, bounds.reader(json.as_bytes()));
        let outcome = seed.deserialize(&mut serde_json::Deserializer::from_reader(reader));
        (taken, outcome.is_ok(), bounds.met())
    }

    #[test]
    fn elements_come_one_by_one_and_each_has_its_own_bound() {
        let json = r#"[1, {"a":[2]} ,"three"]"#;
        let (taken, whole, met) = read(json, 16, 1_000);
        assert_eq!(taken, ["1", r#"{"a":[2]}"#, "\"three\""]);
        assert_eq!((whole, met), (true, None));
        let (taken, whole, met) = read(r#"[1,"a text that is much too long"]"#, 16, 1_000);
        assert_eq!(taken, ["1"]);
        assert_eq!((whole, met), (false, Some(Exceeded::One)));
        let (_, whole, met) = read(json, 16, 10);
        assert_eq!((whole, met), (false, Some(Exceeded::All)));
    }

    #[test]
    fn nesting_without_end_ends_at_the_bound() {
        let (_, whole, met) = read(&"[".repeat(100_000), 1_000, 1_000_000);
        assert_eq!((whole, met), (false, Some(Exceeded::One)));
    }
}
