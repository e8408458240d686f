"""Methods and parameters as people type them."""

from __future__ import annotations

import pytest

from hashbench.errors import UsageError
from hashbench.runs.choices import choose

pytestmark = pytest.mark.usefixtures("trial_methods")


def params(text: str, settings: object = ()) -> dict[str, object]:
    return choose([text], settings)[0].params  # type: ignore[arg-type]


def test_names_match_in_any_case_and_keep_their_order() -> None:
    assert [c.name for c in choose(["PLANES", "itQ"])] == ["planes", "itq"]


def test_parameters_are_complete_and_of_their_kind() -> None:
    found = params("planes[gain=2, style=10_5, centred=false, limit=3, log='a,b=c']")
    assert found == {
        "centred": False,
        "gain": 2.0,
        "limit": 3,
        "log": "a,b=c",
        "nap": 0.0,
        "style": "10_5",
    }
    assert isinstance(found["gain"], float)
    assert params("itq[iterations=1e1]")["iterations"] == 10


def test_labels_show_what_is_not_the_default_and_read_back() -> None:
    for text, label in [
        ("planes", "planes"),
        ("planes[gain=1]", "planes"),
        ("planes[style=fine,gain=0.5]", "planes[gain=0.5,style=fine]"),
        ("planes[log='two words']", 'planes[log="two words"]'),
        ("planes[centred=false]", "planes[centred=false]"),
        ("planes[limit=none]", "planes"),
    ]:
        choice = choose([text])[0]
        assert choice.label == label
        assert choose([label])[0].params == choice.params


def test_set_reaches_every_row_and_brackets_win() -> None:
    rows = choose(["planes", "planes[gain=3]", "itq"], ["Planes.nap=1", "planes.gain=2"])
    assert [(r.params.get("nap"), r.params.get("gain")) for r in rows] == [
        (1.0, 2.0),
        (1.0, 3.0),
        (None, None),
    ]
    assert params("planes", {"planes": {"gain": 2, "style": "x"}})["gain"] == 2.0


@pytest.mark.parametrize("spelling", ["standardise", "standardize"])
def test_both_spellings_of_a_parameter_are_understood(spelling: str) -> None:
    (in_brackets,) = choose([f"ssth[{spelling}=false]"])
    (by_setting,) = choose(["ssth"], [f"ssth.{spelling}=false"])
    (plain,) = choose(["ssth"])
    assert in_brackets.params == by_setting.params != plain.params
    assert in_brackets.label == by_setting.label
    with pytest.raises(UsageError, match=f"{spelling} comes twice"):
        choose([f"ssth[standardise=false,{spelling}=true]"])


def test_one_method_twice_with_other_parameters_is_two_rows() -> None:
    assert len(choose(["planes", "planes[gain=2]"])) == 2


@pytest.mark.parametrize(
    ("methods", "settings", "complaint"),
    [
        ([], [], "no method is named"),
        (["plains"], [], "no method 'plains'; did you mean 'planes'?"),
        (["planes", "PLANES"], [], "method planes comes twice"),
        (["planes", "planes[gain=1.0]"], [], "method planes comes twice"),
        (["planes[gian=1]"], [], "no parameter of planes 'gian'; did you mean 'gain'?"),
        (["planes[gain=x]"], [], "planes[gain=x]: a number is needed"),
        (["planes[gain=true]"], [], "a number is needed"),
        (["itq[iterations=1.5]"], [], "a whole number is needed"),
        (["planes[centred=1]"], [], "true or false is needed"),
        (["planes[gain=[1,2]]"], [], "form"),
        (["planes[gain]"], [], "'gain' is not of the form param=value"),
        (["planes[gain=1,gain=2]"], [], "gain comes twice"),
        (["planes[gain=1"], [], "not of the form NAME or NAME[param=value,...]"),
        (["planes[style='x]"], [], "the form is NAME[param=value,...]"),
        (["planes[bits=8]"], [], "bits is set with --bits"),
        (["planes[seed=8]"], [], "seed is set with --seed"),
        (["planes[style=a b]"], [], "'a b' is neither a TOML scalar nor a word"),
        (["planes"], ["gain=1"], "the form is METHOD.param=value"),
        (["planes"], ["planes.gain"], "the form is METHOD.param=value"),
        (["planes"], ["itq.iterations=1"], "--set itq.iterations: no itq is run"),
        (["planes"], ["planes.gian=1"], "no parameter of planes 'gian'"),
    ],
)
def test_what_is_wrong_is_said(methods: list[str], settings: list[str], complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose(methods, settings)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_single_file_is_known_by_its_content() -> None:
    origin = choose(["planes"])[0].origin
    assert origin.distribution == "trial_methods.py"
    assert origin.version == f"sha256:{origin.source[:16]}"
