"""Which crate functions a body reaches, by path, by method, by value, through macros."""

from __future__ import annotations

import pytest

from bindcheck.analysis.program import Program
from bindcheck.testing import program_from

SHARED = """\
pub fn free() -> f64 { 1.0 }
pub struct Engine { inner: Gear, boxed: Box<Gear> }
pub struct Gear { teeth: usize }
impl Engine {
    pub fn new() -> Self {
        Engine { inner: Gear::try_new(3).unwrap(), boxed: Box::new(Gear { teeth: 1 }) }
    }
    pub fn start(&self) -> f64 { self.inner.turn() }
    pub fn len(&self) -> usize { 0 }
    pub fn gear(&self) -> &Gear { &self.inner }
}
impl Gear {
    pub fn try_new(teeth: usize) -> Result<Self, String> { Ok(Self { teeth }) }
    pub fn turn(&self) -> f64 { Self::scale(self.teeth) }
    fn scale(n: usize) -> f64 { n as f64 }
}
pub struct Other;
impl Other {
    pub fn start(&self) -> f64 { 2.0 }
    pub fn unusual_name(&self) {}
}
mod m { pub fn far() {} pub fn near() {} }
macro_rules! via_macro { ($x:expr) => { m::far($x) }; }
"""


def reached(body: str, params: str = "", returns: str = "") -> list[str]:
    program = program_from({"src/lib.rs": f"{SHARED}\nfn probe({params}) {returns} {{ {body} }}\n"})
    return calls(program, "probe")


def calls(program: Program, name: str) -> list[str]:
    (ref,) = program.resolve(name.split("::"), "src/lib.rs")
    return [program.function(one).path for one in program.called(ref)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("free();", ["free"], id="path"),
        pytest.param("crate::m::far();", ["m::far"], id="absolute path"),
        pytest.param("use m::far as f; f();", ["m::far"], id="use inside the body"),
        pytest.param("{ use m::*; near(); } far();", ["m::near"], id="use ends with its block"),
        pytest.param("let free = 1; free;", [], id="a variable hides a function"),
        pytest.param("let free = free(); drop(free);", ["free"], id="called before it is hidden"),
        pytest.param("{ let free = 1; } free();", ["free"], id="hidden in a block only"),
        pytest.param("let f = |free: u8| free; free();", ["free"], id="closure parameters end"),
        pytest.param("v.iter().map(free);", ["free"], id="function as a value"),
        pytest.param(
            "let f = if x { m::far } else { m::near };", ["m::far", "m::near"], id="chosen"
        ),
        pytest.param(
            "let e = Engine::new(); e.start();", ["Engine::new", "Engine::start"], id="new"
        ),
        pytest.param(
            "let g = Gear::try_new(1)?; g.turn();", ["Gear::try_new", "Gear::turn"], id="?"
        ),
        pytest.param(
            "if let Ok(g) = Gear::try_new(1) { g.turn(); }",
            ["Gear::try_new", "Gear::turn"],
            id="if let",
        ),
        pytest.param("let o: Other = make(); o.start();", ["Other::start"], id="annotated"),
        pytest.param("let o = Other; o.start();", ["Other::start"], id="unit struct"),
        pytest.param("let g = Gear { teeth: 1 }; g.turn();", ["Gear::turn"], id="literal"),
        pytest.param(
            "Engine::new().gear().turn();",
            ["Engine::new", "Engine::gear", "Gear::turn"],
            id="chain",
        ),
        pytest.param("thing().unusual_name();", ["Other::unusual_name"], id="only one type has it"),
        pytest.param("thing().start();", [], id="two types have it"),
        pytest.param("thing().len();", [], id="libraries have it"),
        pytest.param("via_macro!(1);", ["m::far"], id="macro of the crate"),
        pytest.param('println!("{}", free());', ["free"], id="macro arguments"),
        pytest.param("fn free() {} free();", [], id="a function inside hides one outside"),
        pytest.param("Gear::scale(1);", ["Gear::scale"], id="associated function"),
        pytest.param("match x { Some(free) => free, None => m::far() };", ["m::far"], id="arms"),
        pytest.param("for free in 0..3 { free; } m::near();", ["m::near"], id="loops"),
        pytest.param("let Some(x) = y else { return m::far() };", ["m::far"], id="let else"),
    ],
)
def test_a_body_reaches(body: str, expected: list[str]) -> None:
    assert reached(body) == expected


@pytest.mark.parametrize(
    ("params", "body", "expected"),
    [
        ("e: &Engine", "e.start();", ["Engine::start"]),
        ("e: &Engine", "e.inner.turn(); e.boxed.turn();", ["Gear::turn"]),
        ("g: std::sync::Arc<Gear>", "g.turn();", ["Gear::turn"]),
        ("g: PyRef<'_, Gear>", "g.turn();", ["Gear::turn"]),
        ("e: Engine", "py.detach(|| e.start());", ["Engine::start"]),
        ("e: &Unknown", "e.start();", []),
    ],
)
def test_the_type_of_a_parameter_tells_the_method(
    params: str, body: str, expected: list[str]
) -> None:
    assert reached(body, params) == expected


def test_self_and_its_fields() -> None:
    program = program_from({"src/lib.rs": SHARED})
    assert calls(program, "Engine::start") == ["Gear::turn"]
    assert calls(program, "Gear::turn") == ["Gear::scale"]


def test_keys_are_the_spans_of_the_calls() -> None:
    source = "fn a() { b(c()); }\nfn b(x: u8) {}\nfn c() -> u8 { 0 }\n"
    program = program_from({"src/lib.rs": source})
    (a,) = program.resolve(["a"], "src/lib.rs")
    texts = {
        source[span.start : span.end]: [program.function(ref).name for ref in refs]
        for span, refs in program.callees(a).items()
    }
    assert texts == {"b(c())": ["b"], "c()": ["c"]}


def test_recursion_and_a_declaration_without_body() -> None:
    program = program_from({"src/lib.rs": "fn again() { again(); }\ntrait T { fn open(&self); }\n"})
    assert calls(program, "again") == ["again"]
    trait = next(
        index
        for index, function in enumerate(program.modules["src/lib.rs"].functions)
        if function.name == "open"
    )
    (again,) = program.resolve(["again"], "src/lib.rs")
    assert not program.callees(type(again)("src/lib.rs", trait))


@pytest.mark.parametrize(
    ("params", "body", "expected"),
    [
        ("x: Foreign", "x.unusual_name();", []),
        ("x: &Foreign", "x.unusual_name();", []),
        ("x: Guard<Foreign>", "x.unusual_name();", ["unusual_name"]),
        ("mut x: ArrayViewMut1<f64>", "x.unusual_name();", []),
        ("x: &PyReadonlyArray1<'_, f64>", "x.unusual_name();", []),
        ("x: Vec<f64>", "x.unusual_name();", []),
        ("x: T", "x.unusual_name();", ["unusual_name"]),
        ("x: Wrap<Foreign>", "let x = x.0; x.unusual_name();", []),
        ("x: Wrap<Other>", "let x = x.0; x.start();", ["start"]),
        ("x: Foreign", "x.given();", ["given"]),
    ],
)
def test_a_type_of_another_crate_has_no_methods_of_this_one_but_by_traits(
    params: str, body: str, expected: list[str]
) -> None:
    more = """
pub struct Wrap<T>(pub T);
pub trait Given { fn given(&self) {} }
impl Given for Foreign {}
"""
    source = f"{SHARED}{more}\nfn probe({params}) {{ {body} }}\n"
    program = program_from({"src/lib.rs": source})
    (ref,) = program.resolve(["probe"], "src/lib.rs")
    assert [program.function(one).name for one in program.called(ref)] == expected


@pytest.mark.parametrize(
    ("impls", "expected"),
    [
        ("impl Turning for Wheel {}", ["Turning::roll"]),
        ("impl m::Turning for Wheel { fn roll(&self) {} }", ["Wheel::roll"]),
        ("impl Rolling for Wheel {}", []),
        ("", []),
    ],
)
def test_a_trait_gives_its_default_methods_to_the_types_that_have_it(
    impls: str, expected: list[str]
) -> None:
    source = (
        "trait Turning { fn roll(&self) {} }\ntrait Rolling { fn roll(&self); }\n"
        f"struct Wheel;\n{impls}\nfn f(wheel: &Wheel) {{ wheel.roll(); }}\n"
    )
    assert calls(program_from({"src/lib.rs": source}), "f") == expected


WRAPPERS = """\
pub struct Wrap<T>(pub T);
pub struct Kind;
pub struct Number;
pub trait Shown { fn shown(&self) -> f64; }
impl Shown for Wrap<Kind> { fn shown(&self) -> f64 { of_kind() } }
impl Shown for &Wrap<Number> { fn shown(&self) -> f64 { of_number() } }
fn of_kind() -> f64 { 1.0 }
fn of_number() -> f64 { 2.0 }
fn numbers() -> Number { Number }
"""


@pytest.mark.parametrize(
    ("params", "body", "expected"),
    [
        ("kind: Kind", "Wrap(kind).shown();", ["of_kind"]),
        ("", "Wrap(numbers()).shown();", ["of_number"]),
        ("", "(&Wrap(numbers())).shown();", ["of_number"]),
        ("held: &Wrap<Kind>", "held.shown();", ["of_kind"]),
        ("held: Wrap<Other>", "held.shown();", ["of_kind", "of_number"]),
        ("other: T", "Wrap(other).shown();", ["of_kind", "of_number"]),
    ],
)
def test_the_argument_of_a_wrapper_tells_the_method(
    params: str, body: str, expected: list[str]
) -> None:
    program = program_from({"src/lib.rs": f"{WRAPPERS}\nfn probe({params}) {{ {body} }}\n"})
    (ref,) = program.resolve(["probe"], "src/lib.rs")
    shown = [one for one in program.called(ref) if program.function(one).name == "shown"]
    reached = [program.function(one).name for ref in shown for one in program.called(ref)]
    assert reached == expected
