//! Effects and memos as Leptos has them, behind functions that are compiled once for all closures instead of once for each:
//! in WASM that is half a kilobyte apiece. The traits are there because a table for `dyn Fn` holds three copies of each.

use leptos::prelude::*;

/// Runs now and then, soon after something that it read has changed. Browser only.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    let mut run: Box<dyn Run> = Box::new(run);
    Effect::new(move || run.run());
}

/// As [`effect`]; it is given what it returned the time before.
pub(crate) fn effect_after<T: 'static>(run: impl FnMut(Option<T>) -> T + 'static) {
    let run: Box<dyn FnMut(Option<T>) -> T> = Box::new(run);
    Effect::new(run);
}

/// A value made of others. Who reads it is told only when it really is another.
pub(crate) fn memo<T: PartialEq + Send + Sync + 'static>(make: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    let make: Box<dyn Make<T>> = Box::new(make);
    Memo::new(move |_| make.make())
}

trait Run {
    fn run(&mut self);
}

impl<F: FnMut()> Run for F {
    fn run(&mut self) {
        self();
    }
}

trait Make<T>: Send + Sync {
    fn make(&self) -> T;
}

impl<T, F: Fn() -> T + Send + Sync> Make<T> for F {
    fn make(&self) -> T {
        self()
    }
}
