//! The table has every route there is.

use std::collections::{BTreeMap, BTreeSet};

use super::table::{TABLE, covered, shape};
use crate::both;
use crate::support::{Kind, TestApp};

both!(every_route_has_a_line_and_every_line_a_route, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let document = app.get("/api/openapi.json", "").await.expect(200).json();
    let mut routes = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let methods = operations.as_object().unwrap().keys();
        routes.extend(methods.map(|method| (method.to_uppercase(), shape(path))));
    }
    assert_eq!(covered(), routes);
});

both!(every_method_of_a_path_has_a_line, async |kind: Kind| {
    let app = TestApp::new(kind).await;
    let root = app.user("root").await;
    let mut methods: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (method, path) in covered() {
        methods.entry(path).or_default().insert(method);
    }
    for route in TABLE {
        let shape = shape(route.path);
        let path = shape.replace("{}", &domain::clock::new_id());
        let allow = app.call("TRACE", &path, &root.token, None).await.expect(405);
        let allow = allow.header("allow");
        let there: BTreeSet<String> = allow
            .split(',')
            .map(|method| method.trim().to_owned())
            .filter(|method| method != "HEAD")
            .collect();
        assert_eq!(methods.get(&shape), Some(&there), "{shape}");
    }
});
