//! Runs the fields of an object, or of all objects of a list, concurrently.
//!
//! The JSON is written as fields become ready. A field that must wait leaves a gap, and its future is kept in a box.
//! Whenever the request wakes up, all waiting fields are polled again, so no field needs its own waker.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Wake, Poll};

use async_graphql::parser::types::{Field, Selection};
use async_graphql::{ContainerType, ContextSelectionSet, Positioned, ServerResult, Value};
use futures_util::future::BoxFuture;

use super::execution::Execution;
use super::json;

/// How the objects appear in the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One object.
    Object,
    /// A list of objects.
    List,
}

/// Runs the selected fields of objects of one type. The root fields of a mutation run one after the other (GraphQL
/// 6.2.2).
///
/// Boxed, because types contain each other: a mission has a project, which has missions.
///
/// # Errors
/// The error of a field that may not be null. Then none of the objects is returned.
pub(super) fn run<'a, T: ContainerType>(
    shape: Shape,
    ctx: &'a ContextSelectionSet<'a>,
    objects: &'a [T],
) -> BoxFuture<'a, ServerResult<Value>> {
    Box::pin(run_fields(shape, ctx, objects))
}

async fn run_fields<T: ContainerType>(
    shape: Shape,
    ctx: &ContextSelectionSet<'_>,
    objects: &[T],
) -> ServerResult<Value> {
    let execution = Execution::of(ctx);
    execution.count_rows(ctx, objects.len()).await?;
    let fields = &ctx.item.node.items;
    if fields.is_empty() || objects.is_empty() {
        return Ok(without_fields(shape, objects.len()));
    }
    let indexed: Vec<_>;
    let contexts = match shape {
        Shape::Object => std::slice::from_ref(ctx),
        Shape::List => {
            indexed = (0..objects.len()).map(|i| ctx.with_index(i)).collect();
            &indexed
        }
    };
    let resolve = |cell: usize| {
        let (row, column) = (cell / fields.len(), cell % fields.len());
        let field = selected(&fields[column]);
        resolve(execution, &contexts[row], field, &objects[row])
    };
    Run {
        execution,
        resolve,
        shape,
        fields,
        rows: objects.len(),
        one_by_one: execution.is_root_of_mutation(ctx),
        next: 0,
        out: Vec::with_capacity(32 * (fields.len() + 1)),
        gaps: Vec::new(),
        waiting: 0,
        spare: None,
    }
    .await
}

/// Runs one field of one object. Returns null if the field failed and may be null.
async fn resolve<T: ContainerType>(
    execution: &Execution,
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    object: &T,
) -> ServerResult<Value> {
    let ctx = ctx.with_field(field);
    let result = match field.node.name.node.as_str() {
        "__typename" => {
            let name = object.introspection_type_name();
            Ok(Some(Value::String(name.into_owned())))
        }
        "__schema" | "__type" => Ok(Some(execution.introspected(field))),
        _ => object.resolve_field(&ctx).await,
    };
    execution.settle::<T>(&ctx, result).await
}

/// After normalising, the selection of an object contains only fields.
fn selected(selection: &Positioned<Selection>) -> &Positioned<Field> {
    match &selection.node {
        Selection::Field(field) => field,
        Selection::InlineFragment(_) | Selection::FragmentSpread(_) => {
            unreachable!("the selection of an object type holds fields only")
        }
    }
}

/// The JSON of objects whose fields are all skipped.
fn without_fields(shape: Shape, rows: usize) -> Value {
    let written = match shape {
        Shape::Object => "{}".to_owned(),
        Shape::List => format!("[{}]", vec!["{}"; rows].join(",")),
    };
    Value::Binary(written.into())
}

/// All fields of all objects. A cell is one field of one object.
struct Run<'a, R, F> {
    execution: &'a Execution,
    resolve: R,
    shape: Shape,
    fields: &'a [Positioned<Selection>],
    rows: usize,
    /// Whether each cell starts only after the previous one has finished.
    one_by_one: bool,
    /// The first cell that has not started.
    next: usize,
    /// The finished text, without the gaps.
    out: Vec<u8>,
    gaps: Vec<Gap<F>>,
    /// How many of the gaps are still open.
    waiting: usize,
    /// A box to reuse.
    spare: Option<Boxed<F>>,
}

/// The box keeps the future in place. The option allows reusing the box.
type Boxed<F> = Pin<Box<Option<F>>>;

/// A cell that had to wait.
struct Gap<F> {
    /// The position of its value in the text.
    at: usize,
    state: State<F>,
}

enum State<F> {
    Waiting(Boxed<F>),
    Filled(Value),
}

// Only the futures in boxes are pinned.
impl<R, F> Unpin for Run<'_, R, F> {}

impl<R, F> Future for Run<'_, R, F>
where
    R: Fn(usize) -> F,
    F: Future<Output = ServerResult<Value>>,
{
    type Output = ServerResult<Value>;

    fn poll(self: Pin<&mut Self>, wake: &mut Wake<'_>) -> Poll<Self::Output> {
        let run = self.get_mut();
        run.fill_gaps(wake)?;
        let cells = run.rows * run.fields.len();
        while run.next < cells && !(run.one_by_one && run.waiting > 0) {
            run.begin(run.next, wake)?;
            run.next += 1;
            if run.execution.budget.is_spent() {
                // The request ends after this round.
                return Poll::Pending;
            }
        }
        if run.waiting > 0 {
            return Poll::Pending;
        }
        Poll::Ready(Ok(run.finish()))
    }
}

impl<R, F> Run<'_, R, F>
where
    R: Fn(usize) -> F,
    F: Future<Output = ServerResult<Value>>,
{
    fn begin(&mut self, cell: usize, wake: &mut Wake<'_>) -> ServerResult<()> {
        let width = self.fields.len();
        let (row, column) = (cell / width, cell % width);
        if cell == 0 && self.shape == Shape::List {
            self.out.push(b'[');
        }
        if column == 0 {
            json::separate(row, &mut self.out);
            self.out.push(b'{');
        }
        json::separate(column, &mut self.out);
        let field = selected(&self.fields[column]);
        json::key(&field.node.response_key().node, &mut self.out);
        let mut future = self.spare.take().unwrap_or_else(|| Box::pin(None));
        future.set(Some((self.resolve)(cell)));
        match poll(&mut future, wake) {
            Poll::Ready(value) => {
                json::write(&value?, &mut self.out);
                future.set(None);
                self.spare = Some(future);
            }
            Poll::Pending => {
                let (at, state) = (self.out.len(), State::Waiting(future));
                self.gaps.push(Gap { at, state });
                self.waiting += 1;
            }
        }
        if column + 1 == width {
            self.out.push(b'}');
        }
        Ok(())
    }

    fn fill_gaps(&mut self, wake: &mut Wake<'_>) -> ServerResult<()> {
        for gap in &mut self.gaps {
            if let State::Waiting(future) = &mut gap.state
                && let Poll::Ready(value) = poll(future, wake)
            {
                gap.state = State::Filled(value?);
                self.waiting -= 1;
            }
        }
        Ok(())
    }

    /// Inserts the values of the waiting cells into the text.
    fn finish(&mut self) -> Value {
        if self.shape == Shape::List {
            self.out.push(b']');
        }
        let out = std::mem::take(&mut self.out);
        if self.gaps.is_empty() {
            return Value::Binary(out.into());
        }
        let values = self.gaps.iter().filter_map(|gap| match &gap.state {
            State::Filled(value) => Some((gap.at, value)),
            State::Waiting(_) => None,
        });
        let more: usize = values.clone().map(|(_, value)| json::size(value)).sum();
        let mut whole = Vec::with_capacity(out.len() + more);
        let mut written = 0;
        for (at, value) in values {
            whole.extend_from_slice(&out[written..at]);
            json::write(value, &mut whole);
            written = at;
        }
        whole.extend_from_slice(&out[written..]);
        Value::Binary(whole.into())
    }
}

fn poll<F: Future>(future: &mut Boxed<F>, wake: &mut Wake<'_>) -> Poll<F::Output> {
    match future.as_mut().as_pin_mut() {
        Some(future) => future.poll(wake),
        None => Poll::Pending,
    }
}
