//! Rules about inputs that the library's validation lacks: an input object must not repeat a field (GraphQL September
//! 2025, 5.6.3), variables inside lists and objects (5.8.3, 5.8.5), variables with a default of null, and numbers that
//! are too large.

use apollo_compiler::ast::{Directive, Value, VariableDefinition};
use apollo_compiler::collections::HashSet;
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::schema::{InputValueDefinition, Type};
use apollo_compiler::{Name, Node, Schema};

use super::literals;
use super::refusal::Fault;

/// The errors in the inputs of an operation that is otherwise valid.
pub fn faults(
    schema: &Schema,
    document: &ExecutableDocument,
    operation: &Node<Operation>,
) -> Vec<Fault> {
    let mut inputs = Inputs {
        schema,
        document,
        variables: &operation.variables,
        seen: HashSet::default(),
        faults: Vec::new(),
    };
    for variable in &operation.variables {
        if let Some(default) = &variable.default_value {
            inputs.value(Some(&variable.ty), false, default);
        }
    }
    inputs.set(&operation.selection_set);
    inputs.faults
}

struct Inputs<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    variables: &'a [Node<VariableDefinition>],
    /// The fragments that were already checked.
    seen: HashSet<&'a Name>,
    faults: Vec<Fault>,
}

impl<'a> Inputs<'a> {
    fn set(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            self.directives(selection.directives());
            match selection {
                Selection::Field(field) => {
                    for argument in &field.arguments {
                        let of = field.definition.argument_by_name(&argument.name);
                        self.argument(of, &argument.value);
                    }
                    self.set(&field.selection_set);
                }
                Selection::InlineFragment(inline) => self.set(&inline.selection_set),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name)
                        && self.seen.insert(&fragment.name)
                    {
                        self.set(&fragment.selection_set);
                    }
                }
            }
        }
    }

    fn directives(&mut self, directives: &[Node<Directive>]) {
        for directive in directives {
            let definition = self.schema.directive_definitions.get(&directive.name);
            for argument in &directive.arguments {
                let of = definition.and_then(|it| it.argument_by_name(&argument.name));
                self.argument(of, &argument.value);
            }
        }
    }

    fn argument(&mut self, of: Option<&Node<InputValueDefinition>>, value: &Node<Value>) {
        if let Some(of) = of {
            self.value(Some(&of.ty), of.default_value.is_some(), value);
        }
    }

    /// `ty` is the expected type. Inside our own scalars any value is allowed.
    fn value(&mut self, ty: Option<&Type>, has_default: bool, value: &Node<Value>) {
        match &**value {
            Value::Variable(name) => self.variable(ty, has_default, name, value.location()),
            Value::List(items) => {
                for item in items {
                    self.value(ty.map(Type::item_type), false, item);
                }
            }
            Value::Object(fields) => {
                let of = ty.and_then(|ty| self.schema.get_input_object(ty.inner_named_type()));
                let mut seen = HashSet::default();
                for (name, value) in fields {
                    if !seen.insert(name) {
                        let wrong = format!("The input field `{name}` appears twice.");
                        self.faults.push(Fault::new(wrong, name.location()));
                    }
                    let field = of.and_then(|of| of.fields.get(name));
                    let has_default = field.is_some_and(|field| field.default_value.is_some());
                    self.value(field.map(|field| &*field.ty), has_default, value);
                }
            }
            // An ID is passed on as text.
            Value::Int(_) if ty.is_some_and(|ty| ty.inner_named_type() == "ID") => {}
            Value::Int(number) => self.number(number.as_str(), value.location()),
            Value::Float(number) => self.number(number.as_str(), value.location()),
            _ => {}
        }
    }

    fn number(&mut self, text: &str, at: Option<SourceSpan>) {
        if literals::number(text).is_none() {
            self.faults.push(Fault::new("The number is too large.", at));
        }
    }

    fn variable(
        &mut self,
        ty: Option<&Type>,
        has_default: bool,
        name: &Name,
        at: Option<SourceSpan>,
    ) {
        let wrong = match (self.variables.iter().find(|it| it.name == *name), ty) {
            (None, _) => format!("Variable `${name}` is not defined."),
            (Some(variable), Some(ty)) if !fits(variable, ty, has_default) => {
                let is = &variable.ty;
                format!(
                    "Variable `${name}` of type `{is}` cannot be used where `{ty}` is expected."
                )
            }
            _ => return,
        };
        self.faults.push(Fault::new(wrong, at));
    }
}

/// 5.8.5, `IsVariableUsageAllowed`.
fn fits(variable: &VariableDefinition, ty: &Type, has_default: bool) -> bool {
    let default = variable.default_value.as_ref();
    let is_never_null = has_default || default.is_some_and(|it| !it.is_null());
    match ty.is_non_null() && is_never_null {
        true => variable.ty.is_assignable_to(&ty.clone().nullable()),
        false => variable.ty.is_assignable_to(ty),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{prepared, wrong};
    use serde_json::json;

    #[test]
    fn a_field_of_an_input_object_is_written_once() {
        for text in [
            "{rows(of: {n: 1, n: 1}) {id}}",
            "{rows(of: [{of: [{n: 1, n: 2}]}]) {id}}",
            "query($v: In = {n: 1, n: 2}) {rows(of: [$v]) {id}}",
            "{rows(of: {at: {n: 1, n: 1}}) {id}}",
        ] {
            let told = wrong(text);
            assert!(
                told.contains("The input field `n` appears twice."),
                "{told}"
            );
        }
    }

    #[test]
    fn a_number_is_one_that_a_float_can_hold() {
        let largest = format!("17976931348623157{}", "0".repeat(292));
        for text in ["1e308", largest.as_str()] {
            prepared(&format!("{{rows(f: {text}) {{id}}}}"), json!({})).expect("a number");
        }
        for text in [
            "{rows(f: 1e309) {id}}",
            "{rows(of: [{at: 1e309}]) {id}}",
            "query($v: Float = -1e309) {rows(f: $v) {id}}",
        ] {
            wrong(text);
        }
    }

    #[test]
    fn a_variable_fits_where_it_stands() {
        for (text, because) in [
            (
                "query($v: [In]) {rows(of: $v) {id}}",
                "cannot be used for argument `of`",
            ),
            (
                "query($v: In) {rows(of: [$v]) {id}}",
                "`In` cannot be used where `In!` is expected",
            ),
            ("query($v: Int = null) {rows(of: {must: $v}) {id}}", ""),
            (
                "query($v: Boolean = null) {id @skip(if: $v)}",
                "where `Boolean!` is expected",
            ),
            (
                "query($v: [Int]) {rows(of: {n: $v}) {id}}",
                "`[Int]` cannot be used where `Int`",
            ),
            (
                "{rows(of: {at: {x: $v}}) {id}}",
                "Variable `$v` is not defined.",
            ),
        ] {
            match because {
                "" => drop(prepared(text, json!({})).expect("a default at the place")),
                _ => assert!(wrong(text).contains(because), "{} {text}", wrong(text)),
            }
        }
        for good in [
            "query($v: In = {}) {rows(of: [$v]) {id}}",
            "query($v: In!) {rows(of: [$v, {of: [$v]}]) {id}}",
            "query($v: Boolean = false) {id @skip(if: $v)}",
            "query($v: Int) {rows(of: {at: {x: [$v]}}) {id}}",
        ] {
            prepared(good, json!({"v": {}}))
                .map(drop)
                .or_else(|refusal| {
                    // Where `{}` is no value of the variable, that is all that is wrong.
                    let told = &refusal.errors[0].message;
                    told.starts_with("The variable $v is no")
                        .then_some(())
                        .ok_or(refusal)
                })
                .expect("valid");
        }
    }
}
