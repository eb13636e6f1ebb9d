//! `find` and `list`.

use serde_json::{Value, json};

use crate::many::{all, tree, unit};

#[test]
fn find() {
    let case = tree();
    case.write("live/.hidden/u/terragrunt.hcl", &unit(&[], ""));
    case.write("live/s/terragrunt.stack.hcl", "");
    case.write("live/vpc/.terragrunt-cache/x/terragrunt.hcl", "");
    assert_eq!(all(&case, &["find"]).ok().out, ".hidden/u\napp\ndb\nmon\ns\nvpc\n");
    assert_eq!(all(&case, &["find", "--no-hidden", "--dag", "--filter", "type=unit"]).ok().out, "mon\nvpc\ndb\napp\n");
    let found: Value =
        serde_json::from_str(&all(&case, &["find", "--json", "--dependencies", "--filter", "./d*"]).ok().out).unwrap();
    assert_eq!(found, json!([{ "type": "unit", "path": "db", "dependencies": ["vpc"] }]));
    let down = all(&case, &["find", "--no-hidden", "--queue-construct-as", "destroy"]).ok().out;
    assert_eq!(down, "app\nmon\ns\ndb\nvpc\n");
    case.run(&["--working-dir", "live/db", "find", "--dependencies", "--external"]).ok().says("../vpc");
    all(&case, &["find", "--filter", "reading="]).ends(1).error("Invalid filter").says("a value is required");
}

#[test]
fn list() {
    let case = tree();
    assert_eq!(all(&case, &["list"]).ok().out, "app  db   mon  vpc  \n");
    assert_eq!(
        all(&case, &["list", "--long", "--dependencies"]).ok().out,
        "Type  Path  Dependencies\nunit  app   db\nunit  db    vpc\nunit  mon\nunit  vpc\n"
    );
    assert_eq!(all(&case, &["list", "--tree", "--dag"]).ok().out, ".\n├── mon\n╰── vpc\n    ╰── db\n        ╰── app\n");
    assert_eq!(
        case.run(&["list", "--tree"]).ok().out,
        ".\n╰── live\n    ├── app\n    ├── db\n    ├── mon\n    ╰── vpc\n"
    );
    all(&case, &["list", "--format=dot", "--dependencies"]).ok().says("\"db\" -> \"vpc\";");
}
