//! The schema against the contract that front ends rely on: it may offer more, never less.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql_parser::parse_schema;
use async_graphql_parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, ServiceDocument, Type, TypeDefinition,
    TypeKind, TypeSystemDefinition,
};
use coulisses_crew::api;

#[test]
fn schema_graphql_is_what_the_code_serves() {
    let committed = include_str!("../../schema.graphql").replace("\r\n", "\n");
    let hint = "write it anew: cargo schema > schema.graphql";
    assert!(
        committed == api::sdl(),
        "schema.graphql is out of date; {hint}"
    );
}

#[test]
fn the_schema_keeps_the_contract() {
    let contract = parse(include_str!("../contract/contract.graphql"));
    let schema = parse(&api::sdl());
    let mut differences = Differences::default();
    for (name, promised) in types(&contract) {
        match types(&schema).get(name) {
            None => differences.missing(name),
            Some(offered) => compare_types(name, promised, offered, &mut differences),
        }
    }
    assert_eq!(differences.broken, Vec::<String>::new());
    assert_eq!(differences.missing, BTreeSet::new());
}

#[test]
fn everything_in_the_schema_is_described() {
    let schema = parse(&api::sdl());
    let mut bare = Vec::new();
    for (name, definition) in types(&schema) {
        let mut describe = |path: String, described: bool| {
            if !described {
                bare.push(path);
            }
        };
        describe(name.to_owned(), definition.description.is_some());
        for (field, definition) in fields(definition) {
            describe(format!("{name}.{field}"), definition.description.is_some());
            for argument in &definition.arguments {
                let path = format!("{name}.{field}({})", argument.node.name);
                describe(path, argument.node.description.is_some());
            }
        }
        for (field, definition) in input_fields(definition) {
            describe(format!("{name}.{field}"), definition.description.is_some());
        }
        if let TypeKind::Enum(of) = &definition.kind {
            for value in &of.values {
                let path = format!("{name}.{}", value.node.value);
                describe(path, value.node.description.is_some());
            }
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}

#[derive(Default)]
struct Differences {
    missing: BTreeSet<String>,
    broken: Vec<String>,
}

impl Differences {
    fn missing(&mut self, path: &str) {
        self.missing.insert(path.to_owned());
    }

    fn check(&mut self, holds: bool, path: &str, rule: &str) {
        if !holds {
            self.broken.push(format!("{path}: {rule}"));
        }
    }
}

fn parse(sdl: &str) -> ServiceDocument {
    parse_schema(sdl).expect("SDL")
}

fn types(document: &ServiceDocument) -> BTreeMap<&str, &TypeDefinition> {
    let definitions = document.definitions.iter();
    let types = definitions.filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => Some(&definition.node),
        TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
    });
    types
        .map(|definition| (definition.name.node.as_str(), definition))
        .collect()
}

fn fields(definition: &TypeDefinition) -> BTreeMap<&str, &FieldDefinition> {
    let fields = match &definition.kind {
        TypeKind::Object(of) => of.fields.as_slice(),
        TypeKind::Interface(of) => of.fields.as_slice(),
        _ => &[],
    };
    fields
        .iter()
        .map(|field| (field.node.name.node.as_str(), &field.node))
        .collect()
}

fn input_fields(definition: &TypeDefinition) -> BTreeMap<&str, &InputValueDefinition> {
    match &definition.kind {
        TypeKind::InputObject(of) => by_name(of.fields.iter().map(|field| &field.node)),
        _ => BTreeMap::new(),
    }
}

fn by_name<'a>(
    values: impl Iterator<Item = &'a InputValueDefinition>,
) -> BTreeMap<&'a str, &'a InputValueDefinition> {
    values
        .map(|value| (value.name.node.as_str(), value))
        .collect()
}

fn compare_types(
    name: &str,
    promised: &TypeDefinition,
    offered: &TypeDefinition,
    differences: &mut Differences,
) {
    let kind = |definition: &TypeDefinition| std::mem::discriminant(&definition.kind);
    differences.check(
        kind(promised) == kind(offered),
        name,
        "another kind of type",
    );
    if let (TypeKind::Enum(promised), TypeKind::Enum(offered)) = (&promised.kind, &offered.kind) {
        for value in &promised.values {
            let there = offered
                .values
                .iter()
                .any(|of| of.node.value == value.node.value);
            differences.check(
                there,
                &format!("{name}.{}", value.node.value),
                "missing value",
            );
        }
    }
    if let (TypeKind::Object(promised), TypeKind::Object(offered)) = (&promised.kind, &offered.kind)
    {
        for interface in &promised.implements {
            let there = offered
                .implements
                .iter()
                .any(|of| of.node == interface.node);
            differences.check(there, name, "an interface is missing");
        }
    }
    let offered_fields = fields(offered);
    for (field, promised) in fields(promised) {
        let path = format!("{name}.{field}");
        let Some(offered) = offered_fields.get(field) else {
            differences.missing(&path);
            continue;
        };
        let kept = is_at_least(&offered.ty.node, &promised.ty.node);
        differences.check(kept, &path, "its type was loosened or changed");
        let values = |field: &FieldDefinition| -> Vec<InputValueDefinition> {
            field
                .arguments
                .iter()
                .map(|argument| argument.node.clone())
                .collect()
        };
        let (promised, offered) = (values(promised), values(offered));
        compare_inputs(
            &path,
            &by_name(promised.iter()),
            &by_name(offered.iter()),
            differences,
        );
    }
    compare_inputs(
        name,
        &input_fields(promised),
        &input_fields(offered),
        differences,
    );
}

fn compare_inputs(
    path: &str,
    promised: &BTreeMap<&str, &InputValueDefinition>,
    offered: &BTreeMap<&str, &InputValueDefinition>,
    differences: &mut Differences,
) {
    for (name, promised) in promised {
        let path = format!("{path}.{name}");
        let Some(offered) = offered.get(name) else {
            differences.missing(&path);
            continue;
        };
        let kept = is_at_least(&promised.ty.node, &offered.ty.node);
        differences.check(kept, &path, "its type was tightened or changed");
        let default = |of: &InputValueDefinition| {
            of.default_value
                .as_ref()
                .map(|value| value.node.to_string())
        };
        differences.check(
            default(promised) == default(offered),
            &path,
            "another default",
        );
    }
    for (name, offered) in offered {
        let optional = offered.ty.node.nullable || offered.default_value.is_some();
        let known = promised.contains_key(name);
        differences.check(
            known || optional,
            &format!("{path}.{name}"),
            "a new input is required",
        );
    }
}

/// Whether each value of `strict` is one of `loose`.
fn is_at_least(strict: &Type, loose: &Type) -> bool {
    let same = match (&strict.base, &loose.base) {
        (BaseType::Named(strict), BaseType::Named(loose)) => strict == loose,
        (BaseType::List(strict), BaseType::List(loose)) => is_at_least(strict, loose),
        _ => false,
    };
    same && (loose.nullable || !strict.nullable)
}
