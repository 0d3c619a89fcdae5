from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import NEWEST_PYO3, Config, Glob, Options, find_config, resolve
from bindcheck.crate import Crate, Version
from bindcheck.errors import BindcheckError, ConfigError
from bindcheck.rules.pyo3_names import RENAMED

CODES = frozenset({"BC101", "BC201", "BC202", "BC302"})


def configured(tmp_path: Path, text: str, options: Options | None = None) -> Config:
    (tmp_path / "bindcheck.toml").write_text(text)
    return resolve(options or Options(), tmp_path, CODES)


def complaint(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, text)
    return str(caught.value)


def test_without_a_file_defaults_hold(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    config = resolve(Options(), tmp_path)
    assert config == Config(root=tmp_path)
    assert (config.fail_on, config.select, config.features) == ("warning", (), None)


def test_every_key_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    config = configured(
        tmp_path,
        """
        paths = ["src/indicators"]
        reference = "alma"
        select = ["BC2"]
        ignore = ["BC202"]
        features = ["python"]
        target-pyo3 = "0.27"
        templates = "mine"
        style = "reference"
        defaults = "none"
        python-module = "pkg._core"
        exclude = ["src/old/**"]
        fail-on = "error"
        baseline = "known.json"
        [severity]
        BC201 = "error"
        [per-file-ignores]
        "src/legacy/*.rs" = ["BC2", "BC101"]
        """,
    )
    assert config == Config(
        root=tmp_path,
        path=tmp_path / "bindcheck.toml",
        paths=(tmp_path / "src/indicators",),
        reference="alma",
        select=("BC2",),
        ignore=("BC202",),
        severity={"BC201": "error"},
        per_file_ignores=((Glob(tmp_path, "src/legacy/*.rs"), ("BC2", "BC101")),),
        features=("python",),
        features_line=6,
        target_pyo3=Version(0, 27, 0),
        templates=tmp_path / "mine",
        style="reference",
        defaults="none",
        python_module="pkg._core",
        exclude=(Glob(tmp_path, "src/old/**"),),
        fail_on="error",
        baseline=tmp_path / "known.json",
        baseline_line=14,
    )


def test_the_module_name_asked_for_is_the_crates(tmp_path: Path) -> None:
    config = configured(tmp_path, 'python-module = "pkg._core"\n')
    crate = Crate(root=tmp_path, manifest=tmp_path / "Cargo.toml", name="x", module_name="x")
    assert config.applied_to(crate).module_name == "pkg._core"
    assert configured(tmp_path, "").applied_to(crate).module_name == "x"


def test_nearest_file_decides_and_pyproject_needs_the_table(tmp_path: Path) -> None:
    (tmp_path / "bindcheck.toml").write_text('fail-on = "error"\n')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert find_config(inner) == tmp_path / "bindcheck.toml"
    (tmp_path / "a/pyproject.toml").write_text('[tool.bindcheck]\nfail-on = "advice"\n')
    assert find_config(inner) == tmp_path / "a/pyproject.toml"
    assert resolve(Options(), inner).fail_on == "advice"


def test_search_ends_at_the_repository(tmp_path: Path) -> None:
    (tmp_path / "bindcheck.toml").write_text('fail-on = "error"\n')
    (tmp_path / "repo/.git").mkdir(parents=True)
    assert find_config(tmp_path / "repo") is None


def test_command_line_wins_over_the_file(tmp_path: Path) -> None:
    text = 'select = ["BC2"]\nfeatures = ["a"]\nfail-on = "error"\nreference = "alma"\n'
    options = Options(
        paths=(Path("x.rs"),), select=("BC1",), features=(), fail_on="advice", target_pyo3="0.30"
    )
    config = configured(tmp_path, text, options)
    assert config.paths == (Path("x.rs"),)
    assert (config.select, config.features, config.features_line) == (("BC1",), (), None)
    assert (config.fail_on, config.reference) == ("advice", "alma")
    assert config.target_pyo3 == Version(0, 30, 0)


def test_named_file_is_used_instead_of_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('reference = "kama"\n')
    options = Options(config_file=tmp_path / "other.toml")
    assert configured(tmp_path, 'reference = "alma"\n', options).reference == "kama"


def test_named_file_must_exist_and_have_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such configuration file"):
        resolve(Options(config_file=tmp_path / "gone.toml"), tmp_path)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(ConfigError, match=r"has no \[tool\.bindcheck\]"):
        resolve(Options(config_file=tmp_path / "pyproject.toml"), tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('\nselct = ["BC2"]', "bindcheck.toml:2: unknown key 'selct', did you mean 'select'?"),
        ("zzz = 1", "bindcheck.toml:1: unknown key 'zzz'"),
        ('select = "BC2"', ":1: 'select' must be an array of strings, not a string"),
        ("ignore = [1]", ":1: 'ignore' must hold strings only, not a number"),
        ("reference = true", ":1: 'reference' must be a string, not a boolean"),
        ('select = ["E501"]', ":1: 'select': 'E501' is not a rule code or prefix"),
        ('ignore = ["BC203"]', ":1: 'ignore': no rule has the code 'BC203', did you mean 'BC2"),
        ('style = "fancy"', ":1: 'style' must be strict or reference, not 'fancy'"),
        ('fail-on = "never"', ":1: 'fail-on' must be error or warning or advice, not 'never'"),
        ('target-pyo3 = "new"', ":1: 'target-pyo3' must be a PyO3 release such as 0.30, not 'new'"),
        ('target-pyo3 = "9"', ":1: 'target-pyo3' must be a PyO3 release such as 0.30, not '9'"),
        ('target-pyo3 = "1.0"', ":1: 'target-pyo3' '1.0' is not known here: the newest PyO3"),
        ('target-pyo3 = "0.31"', ":1: 'target-pyo3' '0.31' is not known here"),
        ('target-pyo3 = "0.0"', ":1: 'target-pyo3' must be a PyO3 release"),
        ('target-pyo3 = "0.27x"', ":1: 'target-pyo3' must be a PyO3 release"),
        ('exclude = ["src/[ab.rs"]', ":1: 'exclude': 'src/[ab.rs': `[` is not closed"),
        ('exclude = ["../x"]', ":1: 'exclude': '../x': a glob reaches below its folder only"),
        ('exclude = [""]', ":1: 'exclude': a glob must name something"),
        ("exclude = ['a\\b']", ":1: 'exclude': 'a\\\\b': folders are parted by `/`"),
        ('exclude = ["[b-a].rs"]', ":1: 'exclude': '[b-a].rs': bad character range b-a"),
        ('[per-file-ignores]\n"[a" = ["BC2"]', ":2: 'per-file-ignores': '[a': `[` is not closed"),
        ('[per-file-ignores]\n"!a" = ["BC2"]', ":2: 'per-file-ignores': '!a': a glob cannot be"),
        ("baseline = 1", ":1: 'baseline' must be a string, not a number"),
        ('python-module = "a-b"', ":1: 'python-module' must be a Python module"),
        ('templates = "gone"', ":1: 'templates': no such folder"),
        ("severity = 1", ":1: 'severity' must be a table, not a number"),
        ('[severity]\nBC2 = "error"', ":2: 'BC2' in 'severity' is not a rule code"),
        ('[severity]\nBC201 = "bad"', ":2: severity of BC201 must be error or warning or advice"),
        ('[severity]\nBC999 = "error"', ":2: 'severity': no rule has the code 'BC999'"),
        ('[per-file-ignores]\n"*.rs" = "x"', ":2: 'per-file-ignores.*.rs' must be an array"),
        ('[per-file-ignores]\n"*.rs" = ["x"]', ":2: 'per-file-ignores': 'x' is not a rule"),
        ("exclude = [2020-01-01]", ":1: 'exclude' must hold strings only, not a date"),
    ],
)
def test_bad_setting_is_one_line_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    found = complaint(tmp_path, text)
    assert message in found
    assert "\n" not in found


def test_file_that_is_not_toml_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BindcheckError, match=r"bindcheck\.toml:2: is not valid TOML"):
        configured(tmp_path, 'select = ["BC2"]\nignore = [\n')


def test_setting_in_pyproject_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n[tool.bindcheck]\nfoo = 1\n')
    with pytest.raises(ConfigError, match=r"pyproject\.toml:4: unknown key 'foo'"):
        resolve(Options(), tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool]\nbindcheck = 1\n")
    with pytest.raises(ConfigError, match=r"pyproject\.toml:2: tool\.bindcheck must be a table"):
        resolve(Options(), tmp_path)


def test_codes_are_checked_as_to_form_when_rules_are_unknown(tmp_path: Path) -> None:
    (tmp_path / "bindcheck.toml").write_text('select = ["BC999", "ALL"]\n')
    assert resolve(Options(), tmp_path).select == ("BC999", "ALL")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(select=("BC9",)), "--select: no rule has the code 'BC9'"),
        (Options(ignore=("bc201",)), "--ignore: 'bc201' is not a rule code"),
        (Options(style="x"), "--style must be strict or reference, not 'x'"),
        (Options(fail_on="x"), "--fail-on must be"),
        (Options(target_pyo3="x"), "--target-pyo3 must be a PyO3 release such as 0.30, not 'x'"),
        (Options(target_pyo3="9"), "--target-pyo3 must be a PyO3 release such as 0.30, not '9'"),
        (Options(target_pyo3="1.0"), "--target-pyo3 '1.0' is not known here"),
        (Options(exclude=("[a",)), "--exclude '[a': `[` is not closed"),
        (
            Options(baseline=Path("x.json"), no_baseline=True),
            "--baseline and --no-baseline exclude each other",
        ),
        (Options(templates=Path("gone")), "gone: --templates: no such folder"),
    ],
)
def test_bad_option_is_named_as_typed(tmp_path: Path, options: Options, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve(options, tmp_path, CODES)
    assert message in str(caught.value)


def test_file_ignores_hold_for_codes_and_prefixes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(tmp_path, '[per-file-ignores]\n"src/old" = ["BC2"]\n"gen.rs" = ["ALL"]\n')
    assert config.ignored_for_file(tmp_path / "src/old/a.rs", "BC201") == "src/old"
    assert config.ignored_for_file(tmp_path / "src/old/a.rs", "BC101") is None
    assert config.ignored_for_file(tmp_path / "src/x/gen.rs", "BC101") == "gen.rs"
    monkeypatch.chdir(tmp_path / "..")
    assert config.ignored_for_file(f"{tmp_path.name}/src/old/a.rs", "BC202") == "src/old"


def test_the_newest_release_that_is_known_is_the_newest_that_the_rules_know() -> None:
    mentioned = [one.deprecated for one in RENAMED] + [one.gone for one in RENAMED if one.gone]
    assert max(mentioned) <= NEWEST_PYO3
    assert resolve(Options(target_pyo3="0.30.1"), Path()).target_pyo3 == Version(0, 30, 1)


def test_the_baseline_is_typed_configured_or_made_where_none_is(tmp_path: Path) -> None:
    text = 'baseline = "known.json"\n'
    typed = Options(baseline=Path("typed.json"))
    assert configured(tmp_path, text, typed).baseline == Path("typed.json")
    assert not configured(tmp_path, text, typed).names_baseline
    assert configured(tmp_path, text).names_baseline
    assert configured(tmp_path, text, Options(no_baseline=True)).baseline is None
    assert configured(tmp_path, "").baseline is None
    made = configured(tmp_path, "", Options(record=True))
    assert made.baseline == tmp_path / "bindcheck-baseline.json"
    assert not made.names_baseline


def test_unknown_feature_is_reported_where_it_was_written(tmp_path: Path) -> None:
    crate = Crate(tmp_path, tmp_path / "Cargo.toml", "a", features={"fast": (), "slow": ("fast",)})
    config = configured(tmp_path, '\nfeatures = ["slow"]\n')
    assert config.applied_to(crate).active_features == {"slow", "fast"}
    with pytest.raises(ConfigError, match=r"bindcheck\.toml:1: crate a has no feature 'slo'"):
        configured(tmp_path, 'features = ["slo"]\n').applied_to(crate)
    with pytest.raises(ConfigError, match=r"^crate a has no feature 'x'"):
        configured(tmp_path, "", Options(features=("x",))).applied_to(crate)


@pytest.mark.parametrize(
    ("pattern", "path", "matched"),
    [
        ("src/*.rs", "src/a.rs", True),
        ("src/*.rs", "src/b/a.rs", False),
        ("src/**/*.rs", "src/b/c/a.rs", True),
        ("src/**/*.rs", "src/a.rs", True),
        ("src/**", "src/b/a.rs", True),
        ("src/**", "srcs/a.rs", False),
        ("**/old/*.rs", "a/b/old/x.rs", True),
        ("old", "a/old/x.rs", True),
        ("old", "a/older/x.rs", False),
        ("a.rs", "b/a.rs", True),
        ("./src/a.rs", "src/a.rs", True),
        ("/a.rs", "b/a.rs", False),
        ("src/", "src/a.rs", True),
        ("a[0-9].rs", "a7.rs", True),
        ("a[!0-9].rs", "a7.rs", False),
        ("a?.rs", "a7.rs", True),
        ("a.c", "abc", False),
    ],
)
def test_globs_match_as_in_gitignore(
    tmp_path: Path, pattern: str, path: str, matched: bool
) -> None:
    assert Glob(tmp_path, pattern).matches(tmp_path / path) is matched


def test_glob_does_not_match_outside_its_folder(tmp_path: Path) -> None:
    assert not Glob(tmp_path / "a", "*.rs").matches(tmp_path / "b/x.rs")


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "bindcheck.toml").mkdir()
    with pytest.raises(ConfigError, match=r"bindcheck\.toml: is a folder, not a config"):
        resolve(Options(), tmp_path)
