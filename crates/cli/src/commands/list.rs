//! `list`, and what it shares with `find`: which units and stacks, in what order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use craton_model::Diagnostics;
use craton_terragrunt::{Component, ComponentKind, Filters, Order, Universe, levels};

use crate::app::{App, Ended, Outcome};
use crate::args::ListArgs;
use crate::args::listing::{ListFormat, ListingArgs};
use crate::unit_log::{Level, shown};
use crate::units::{choose, queue_text};

/// Units and stacks in the order in which they are to be shown.
pub struct Listing {
    /// What was searched.
    pub universe: Universe,
    /// What was found.
    pub items: Vec<Item>,
    order: Order,
}

/// A unit or stack.
pub struct Item {
    /// Its folder.
    pub dir: PathBuf,
    /// As seen from the folder that was searched.
    pub name: String,
    /// What it is.
    pub kind: ComponentKind,
}

impl Listing {
    /// Finds, filters and orders.
    pub fn make(app: &App, args: &ListingArgs) -> Result<Self, Diagnostics> {
        let command = args.queue_construct_as.as_deref().unwrap_or("plan");
        let (command, down) = match command.split_once(' ') {
            Some((word, rest)) => (word, rest.contains("-destroy")),
            None => (command, command == "destroy"),
        };
        let session = app.share(app.terragrunt_options(command));
        let root = choose::root(app);
        let universe = Universe::search(&session, &root, !args.no_hidden)?;
        let filters: Filters = choose::filters(app, &root)?;
        let mut found: BTreeSet<Component> = universe.select(&filters)?.components.into_iter().collect();
        for dir in universe.select(&filters)?.removed {
            found.insert(Component { dir, kind: ComponentKind::Unit });
        }
        if args.external {
            let mut open: Vec<PathBuf> = found.iter().map(|c| c.dir.clone()).collect();
            while let Some(dir) = open.pop() {
                for dependency in universe.dependencies(&dir) {
                    if found.insert(Component { dir: dependency.clone(), kind: ComponentKind::Unit }) {
                        open.push(dependency);
                    }
                }
            }
        }
        if args.queue_construct_as.is_some() {
            let leaves = |c: &Component| universe.edges(&c.dir).exclude.is_some_and(|e| e.applies_to(command));
            found.retain(|c| !leaves(c));
        }
        let ordered = args.dag || args.queue_construct_as.is_some();
        let dirs: BTreeSet<&PathBuf> = found.iter().map(|c| &c.dir).collect();
        let mut needs: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        for c in &found {
            let own = needs.entry(c.dir.clone()).or_default();
            if ordered || args.dependencies {
                own.extend(universe.dependencies(&c.dir).into_iter().filter(|d| dirs.contains(d)));
            }
        }
        let turned = if down { turn(&needs) } else { needs.clone() };
        let mut sorted: Vec<PathBuf> = levels(&turned).into_iter().flatten().collect();
        // What waits for itself is shown all the same.
        let placed: BTreeSet<PathBuf> = sorted.iter().cloned().collect();
        sorted.extend(needs.keys().filter(|d| !placed.contains(*d)).cloned());
        let kinds: BTreeMap<PathBuf, ComponentKind> = found.into_iter().map(|c| (c.dir, c.kind)).collect();
        let item = |dir: &PathBuf| Item {
            name: shown(&root, dir),
            kind: kinds.get(dir).copied().unwrap_or(ComponentKind::Unit),
            dir: dir.clone(),
        };
        let mut items: Vec<Item> = sorted.iter().map(item).collect();
        if !ordered {
            items.sort_by(|a, b| a.name.cmp(&b.name));
        }
        for (dir, problems) in universe.problems() {
            for d in &problems {
                app.log.say(Level::Debug, Some(&shown(&root, &dir)), &format!("{}: {}", d.summary, d.detail));
            }
        }
        Ok(Self { universe, items, order: Order { units: sorted, dependencies: needs } })
    }

    /// A path as seen from the folder that was searched.
    pub fn name(&self, dir: &Path) -> String {
        shown(self.universe.root(), dir)
    }
}

fn turn(needs: &BTreeMap<PathBuf, BTreeSet<PathBuf>>) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
    let mut turned: BTreeMap<PathBuf, BTreeSet<PathBuf>> = needs.keys().map(|k| (k.clone(), BTreeSet::new())).collect();
    for (unit, all) in needs {
        for need in all {
            turned.entry(need.clone()).or_default().insert(unit.clone());
        }
    }
    turned
}

/// Shows the units and stacks that are there.
pub fn run(app: &App, args: &ListArgs) -> Ended {
    let listing = tokio::task::block_in_place(|| Listing::make(app, &args.listing))?;
    let format = if args.tree {
        ListFormat::Tree
    } else if args.long {
        ListFormat::Long
    } else {
        args.format
    };
    match format {
        ListFormat::Text => columns(app, &listing),
        ListFormat::Long => long(app, &listing, args.listing.dependencies),
        ListFormat::Tree if args.listing.dag => {
            println!("{}", queue_text::tree(&listing.order, false, &|dir| listing.name(dir)));
        }
        ListFormat::Tree => println!("{}", folders(&listing)),
        ListFormat::Dot => print!("{}", dot(&listing)),
    }
    Ok(Outcome::Done)
}

fn painted(app: &App, item: &Item, text: &str) -> String {
    match item.kind {
        ComponentKind::Unit => app.out.bold(text).to_string(),
        ComponentKind::Stack => app.out.green(text).to_string(),
    }
}

fn columns(app: &App, listing: &Listing) {
    if listing.items.is_empty() {
        return;
    }
    let width = listing.items.iter().map(|i| i.name.chars().count()).max().unwrap_or(0) + 2;
    let columns = (80_usize.max(app.out.width) / width).max(1);
    for row in listing.items.chunks(columns) {
        let cells: Vec<String> = row
            .iter()
            .map(|i| format!("{}{}", painted(app, i, &i.name), " ".repeat(width - i.name.chars().count())))
            .collect();
        println!("{}", cells.concat());
    }
}

fn long(app: &App, listing: &Listing, dependencies: bool) {
    let width = listing.items.iter().map(|i| i.name.chars().count()).max().unwrap_or(0).max(4);
    if dependencies {
        println!("{}{}  {}", app.out.bold("Type  Path"), " ".repeat(width - 4), app.out.bold("Dependencies"));
    } else {
        println!("{}", app.out.bold("Type  Path"));
    }
    for item in &listing.items {
        let mut line = format!("{:<5} {}", item.kind.word(), painted(app, item, &item.name));
        let mut needs: Vec<String> = listing.universe.dependencies(&item.dir).iter().map(|d| listing.name(d)).collect();
        needs.sort();
        if dependencies && !needs.is_empty() {
            line.push_str(&" ".repeat(width - item.name.chars().count() + 2));
            line.push_str(&needs.join(", "));
        }
        println!("{line}");
    }
}

/// A tree of folders.
fn folders(listing: &Listing) -> String {
    #[derive(Default)]
    struct Folder(Vec<(String, Folder)>);
    let mut top = Folder::default();
    for item in listing.items.iter().filter(|i| i.name != ".") {
        let mut at = &mut top;
        for part in item.name.split('/') {
            let place = at.0.iter().position(|(name, _)| name == part).unwrap_or_else(|| {
                at.0.push((part.to_owned(), Folder::default()));
                at.0.len() - 1
            });
            at = &mut at.0[place].1;
        }
    }
    fn write(folder: &Folder, before: &str, out: &mut String) {
        for (i, (name, inner)) in folder.0.iter().enumerate() {
            let last = i + 1 == folder.0.len();
            out.push_str(&format!("\n{before}{}{name}", if last { "╰── " } else { "├── " }));
            write(inner, &format!("{before}{}", if last { "    " } else { "│   " }), out);
        }
    }
    let mut out = String::from(".");
    write(&top, "", &mut out);
    out
}

/// The graph in the language of Graphviz.
pub fn dot(listing: &Listing) -> String {
    let mut out = String::from("digraph {\n");
    let mut items: Vec<&Item> = listing.items.iter().collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    for item in items {
        out.push_str(&format!("\t\"{}\" ;\n", item.name));
        let mut needs: Vec<String> = listing.universe.dependencies(&item.dir).iter().map(|d| listing.name(d)).collect();
        needs.sort();
        for need in needs {
            out.push_str(&format!("\t\"{}\" -> \"{need}\";\n", item.name));
        }
    }
    out.push_str("}\n");
    out
}
