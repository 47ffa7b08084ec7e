//! The product tree: branches, names, relationships and groups to products.

use super::PRODUCTS_MAX;
use super::wire::{Branch, FullProductName, Helper, ProductTree};
use crate::advisory::lenient::{List, Object, Text};
use crate::advisory::notes::{Notes, Path, rejected};
use crate::advisory::prose;
use crate::advisory::{Composition, Helpers, Product, ProductRelation, Rejected};
use crate::version::{Condition, Requirement};
use std::collections::HashMap;

/// How deep branches may lie in one another.
const DEPTH_MAX: usize = 40;

/// How many product ids all groups together may list.
const GROUPED_MAX: usize = 1_000_000;

/// The products of a document and how its other parts refer to them.
#[derive(Debug, Default)]
pub(super) struct Tree<'a> {
    pub(super) products: Vec<Product>,
    ids: HashMap<&'a str, u32>,
    /// Products that share their id with an earlier one.
    twins: HashMap<u32, Vec<u32>>,
    groups: HashMap<&'a str, Vec<u32>>,
}

impl Tree<'_> {
    /// The products with this id: usually one, none when the id leads nowhere.
    pub(super) fn find(&self, id: &str) -> impl Iterator<Item = u32> {
        let first = self.ids.get(id).copied();
        let twins = first.and_then(|first| self.twins.get(&first)).map(Vec::as_slice).unwrap_or_default();
        first.into_iter().chain(twins.iter().copied())
    }

    /// The products of ids and groups, in order, each once; ids that lead nowhere are noted.
    pub(super) fn all(
        &self,
        ids: &List<Text<'_>>,
        groups: &List<Text<'_>>,
        path: &Path<'_>,
        notes: &mut Notes,
    ) -> Vec<u32> {
        let mut out = self.listed(ids, &path.field("product_ids"), notes);
        for (at, group) in groups.items.iter().enumerate() {
            match self.groups.get(group.get()) {
                Some(products) => out.extend(products),
                None => notes.add(&path.field("group_ids").item(at), format!("no group “{}”", group.get())),
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The products of ids; ids that lead nowhere are noted.
    pub(super) fn listed(&self, ids: &List<Text<'_>>, path: &Path<'_>, notes: &mut Notes) -> Vec<u32> {
        notes.wrong(ids.wrong, path);
        let mut out = Vec::with_capacity(ids.items.len());
        for (at, id) in ids.items.iter().enumerate() {
            let before = out.len();
            out.extend(self.find(id.get()));
            if out.len() == before {
                notes.add(&path.item(at), format!("no product “{}”; left out", id.get()));
            }
        }
        out
    }

    /// Whether several products share the id.
    pub(super) fn ambiguous(&self, product: u32) -> bool {
        self.twins.contains_key(&product) || self.twins.values().any(|twins| twins.contains(&product))
    }
}

/// What the branches above a product say.
#[derive(Clone, Debug, Default)]
struct Above<'a> {
    vendor: &'a str,
    families: Vec<&'a str>,
    name: &'a str,
    versions: Vec<&'a str>,
    limits: Vec<&'a str>,
}

pub(super) fn read<'a>(
    tree: Option<&'a ProductTree<'a>>,
    path: &Path<'_>,
    notes: &mut Notes,
) -> Result<Tree<'a>, Rejected> {
    let mut out = Tree::default();
    let Some(tree) = tree else { return Ok(out) };
    branches(&tree.branches, &Above::default(), 0, &path.field("branches"), &mut out, notes)?;
    notes.wrong(tree.full_product_names.wrong, &path.field("full_product_names"));
    for (at, entry) in tree.full_product_names.items.iter().enumerate() {
        let names = path.field("full_product_names");
        let path = names.item(at);
        match entry.get() {
            Some(entry) => add(entry, &Above::default(), &path, &mut out, notes)?,
            None => notes.wrong(true, &path),
        }
    }
    relationships(tree, path, &mut out, notes)?;
    groups(tree, path, &mut out, notes)?;
    Ok(out)
}

fn branches<'a>(
    list: &'a List<Object<Branch<'a>>>,
    above: &Above<'a>,
    depth: usize,
    path: &Path<'_>,
    out: &mut Tree<'a>,
    notes: &mut Notes,
) -> Result<(), Rejected> {
    notes.wrong(list.wrong, path);
    for (at, branch) in list.items.iter().enumerate() {
        let path = path.item(at);
        let Some(branch) = branch.get() else {
            notes.wrong(true, &path);
            continue;
        };
        if depth >= DEPTH_MAX {
            notes.add(&path, format!("more than {DEPTH_MAX} branches deep; left out"));
            continue;
        }
        let below = below(above, branch, &path, notes);
        match &branch.product {
            Object::Is(product) => add(product, &below, &path.field("product"), out, notes)?,
            Object::Wrong => notes.wrong(true, &path.field("product")),
            Object::Absent => {}
        }
        branches(&branch.branches, &below, depth + 1, &path.field("branches"), out, notes)?;
    }
    Ok(())
}

fn below<'a>(above: &Above<'a>, branch: &'a Branch<'a>, path: &Path<'_>, notes: &mut Notes) -> Above<'a> {
    let mut below = above.clone();
    let name = branch.name.get().trim();
    match branch.category.get() {
        "vendor" => below.vendor = name,
        "product_family" => below.families.push(name),
        "product_name" => {
            // A name under a name is a narrower one; the wider one is its family.
            if !below.name.is_empty() {
                below.families.push(below.name);
            }
            below.name = name;
        }
        "product_version" | "product_version_range" | "service_pack" | "patch_level" => {
            below.versions.push(name)
        }
        "architecture" | "platform" | "language" | "specification" | "host_name" | "legacy" => {
            below.limits.push(name)
        }
        other => {
            notes.add(&path.field("category"), format!("unknown category “{other}”; its name is not used"))
        }
    }
    below
}

fn add<'a>(
    entry: &'a FullProductName<'a>,
    above: &Above<'_>,
    path: &Path<'_>,
    out: &mut Tree<'a>,
    notes: &mut Notes,
) -> Result<(), Rejected> {
    let helpers = helpers(entry.product_identification_helper.get());
    let full_name = prose::mend(entry.name.get().trim());
    let product = product(entry.product_id.get(), &full_name, above, helpers);
    keep(entry.product_id.get(), product, path, out, notes)
}

/// Keeps a product under its id.
fn keep<'a>(
    id: &'a str,
    product: Product,
    path: &Path<'_>,
    out: &mut Tree<'a>,
    notes: &mut Notes,
) -> Result<(), Rejected> {
    if out.products.len() >= PRODUCTS_MAX {
        return Err(rejected(&path.pointer(), format!("more than {PRODUCTS_MAX} products")));
    }
    if id.is_empty() {
        notes.add(&path.field("product_id"), "there is none; nothing can refer to this product".to_owned());
    }
    let index = u32::try_from(out.products.len()).unwrap_or(u32::MAX);
    match out.ids.get(id).copied() {
        None => {
            out.ids.insert(id, index);
        }
        Some(first) => {
            let earlier = usize::try_from(first).ok().and_then(|first| out.products.get(first));
            if earlier == Some(&product) {
                return Ok(());
            }
            notes.add(path, format!("another product has the id “{id}”; what is said of it is said of both"));
            out.twins.entry(first).or_default().push(index);
        }
    }
    out.products.push(product);
    Ok(())
}

fn product(id: &str, full_name: &str, above: &Above<'_>, helpers: Helpers) -> Product {
    let whole = above.name.is_empty();
    let raw = if whole { full_name } else { above.name };
    let raw = prose::mend(raw);
    let version = above.versions.join(" ");
    let mut condition = match (whole, version.is_empty()) {
        (true, true) => helper_version(&helpers).unwrap_or_else(Condition::all),
        (true, false) => prose::condition(&version, None),
        (false, _) => prose::condition(&version, prose::version_part(full_name, &raw)),
    };
    let named = prose::name(&raw);
    let mut name = named.name;
    match named.line {
        Some(line) if condition.is_all() => condition = line,
        Some(_) => name = raw.trim().to_owned(),
        None => {}
    }
    if let Some(requirement) = &named.requires {
        condition = condition.requiring(requirement);
    }
    condition = condition.of_product(&name);
    let own = |texts: &[&str]| texts.iter().map(|text| prose::mend(text).into_owned()).collect();
    Product {
        id: id.to_owned(),
        vendor: prose::mend(above.vendor).into_owned(),
        families: own(&above.families),
        name,
        full_name: full_name.to_owned(),
        version,
        condition,
        limits: own(&above.limits),
        excludes: named.excludes,
        helpers,
        composed: None,
    }
}

/// The version of a CPE 2.3 name or of a package URL.
pub(in crate::advisory) fn helper_version(helpers: &Helpers) -> Option<Condition> {
    let cpe = helpers.cpes.iter().filter_map(|cpe| cpe.strip_prefix("cpe:2.3:")?.split(':').nth(3));
    let purl = helpers.purls.iter().filter_map(|purl| {
        let end = purl.find(['?', '#']).unwrap_or(purl.len());
        purl.get(..end)?.rsplit_once('@').map(|(_, version)| version)
    });
    let version = cpe.chain(purl).find(|version| !matches!(*version, "*" | "-" | ""))?;
    Some(Condition::exactly(&version.replace('\\', "")))
}

fn helpers(helper: Option<&Helper<'_>>) -> Helpers {
    let Some(helper) = helper else { return Helpers::default() };
    let texts = |list: &List<Text<'_>>| {
        list.items
            .iter()
            .map(|text| text.get().to_owned())
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
    };
    let one = |text: &Text<'_>| Some(text.get().to_owned()).filter(|text| !text.is_empty());
    let hashes =
        helper.hashes.items.iter().filter_map(|entry| entry.get()).flat_map(|entry| &entry.file_hashes.items);
    Helpers {
        cpes: one(&helper.cpe).into_iter().collect(),
        purls: one(&helper.purl).into_iter().chain(texts(&helper.purls)).collect(),
        models: texts(&helper.model_numbers),
        serials: texts(&helper.serial_numbers),
        skus: texts(&helper.skus),
        hashes: hashes
            .filter_map(|hash| hash.get())
            .map(|hash| (hash.algorithm.get().to_owned(), hash.value.get().to_owned()))
            .collect(),
    }
}

/// Relationships in the order in which what they refer to is known; what is left refers to nothing or in a circle.
fn relationships<'a>(
    tree: &'a ProductTree<'a>,
    path: &Path<'_>,
    out: &mut Tree<'a>,
    notes: &mut Notes,
) -> Result<(), Rejected> {
    let path = path.field("relationships");
    notes.wrong(tree.relationships.wrong, &path);
    let mut waiting: Vec<usize> = (0..tree.relationships.items.len()).collect();
    for _ in 0..DEPTH_MAX {
        let mut still = Vec::new();
        let count = waiting.len();
        for at in waiting {
            let Some(entry) = tree.relationships.items.get(at).and_then(|entry| entry.get()) else {
                notes.wrong(true, &path.item(at));
                continue;
            };
            let part = out.find(entry.product_reference.get()).next();
            let whole = out.find(entry.relates_to_product_reference.get()).next();
            let (Some(part), Some(whole), Some(name)) = (part, whole, entry.full_product_name.get()) else {
                still.push(at);
                continue;
            };
            let Some(relation) = relation(entry.category.get()) else {
                let text = format!("unknown category “{}”; left out", entry.category.get());
                notes.add(&path.item(at).field("category"), text);
                continue;
            };
            let full_name = prose::mend(name.name.get().trim()).into_owned();
            if let Some(mut product) = compose(&out.products, relation, part, whole, full_name) {
                name.product_id.get().clone_into(&mut product.id);
                let own = helpers(name.product_identification_helper.get());
                if own != Helpers::default() {
                    product.helpers = own;
                }
                keep(name.product_id.get(), product, &path.item(at), out, notes)?;
            }
        }
        waiting = still;
        if waiting.is_empty() || waiting.len() == count {
            break;
        }
    }
    for at in waiting {
        notes.add(
            &path.item(at),
            "refers to products that are not there, or in a circle; left out".to_owned(),
        );
    }
    Ok(())
}

fn relation(category: &str) -> Option<ProductRelation> {
    Some(match category {
        "default_component_of" => ProductRelation::DefaultComponentOf,
        "optional_component_of" => ProductRelation::OptionalComponentOf,
        "external_component_of" => ProductRelation::ExternalComponentOf,
        "installed_on" => ProductRelation::InstalledOn,
        "installed_with" => ProductRelation::InstalledWith,
        _ => return None,
    })
}

/// The product that two make: a component makes a condition of the whole, a platform one of the software.
fn compose(
    products: &[Product],
    relation: ProductRelation,
    part: u32,
    whole: u32,
    full_name: String,
) -> Option<Product> {
    let get = |index: u32| usize::try_from(index).ok().and_then(|index| products.get(index));
    let (the_part, the_whole) = (get(part)?, get(whole)?);
    let (main, other) = match relation {
        ProductRelation::InstalledOn | ProductRelation::InstalledWith => (the_part, the_whole),
        _ => (the_whole, the_part),
    };
    let certain = relation == ProductRelation::DefaultComponentOf && other.condition.is_all();
    let requirement = match &other.condition {
        Condition::Typed(readings) if readings.len() == 1 => Requirement::Part {
            name: other.name.clone(),
            versions: readings.first().cloned().unwrap_or_default(),
        },
        _ => Requirement::Stated(other.full_name.clone()),
    };
    let condition =
        if certain { main.condition.clone() } else { main.condition.clone().requiring(&requirement) };
    Some(Product {
        full_name,
        condition,
        composed: Some(Composition { relation, part, whole }),
        ..main.clone()
    })
}

fn groups<'a>(
    tree: &'a ProductTree<'a>,
    path: &Path<'_>,
    out: &mut Tree<'a>,
    notes: &mut Notes,
) -> Result<(), Rejected> {
    let path = path.field("product_groups");
    notes.wrong(tree.product_groups.wrong, &path);
    let mut grouped = 0usize;
    for (at, group) in tree.product_groups.items.iter().enumerate() {
        let path = path.item(at);
        let Some(group) = group.get() else {
            notes.wrong(true, &path);
            continue;
        };
        let products = out.listed(&group.product_ids, &path.field("product_ids"), notes);
        grouped += products.len();
        if grouped > GROUPED_MAX {
            return Err(rejected(&path.pointer(), format!("groups list more than {GROUPED_MAX} products")));
        }
        if out.groups.insert(group.group_id.get(), products).is_some() {
            notes.add(&path, format!("another group has the id “{}”; this one counts", group.group_id.get()));
        }
    }
    Ok(())
}
