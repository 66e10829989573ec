"""The explorers' modules as one text, and the stills that it draws where there is no browser."""

import io
import subprocess
import sys

import pytest
from PIL import Image

from gdlib.explore import one_d, script, still


def modules(folder, monkeypatch, **texts):
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    monkeypatch.setattr(script, "JS", folder)
    return script.joined.__wrapped__("main.js")


def test_each_module_comes_once_after_those_that_it_needs(tmp_path, monkeypatch):
    text = modules(
        tmp_path,
        monkeypatch,
        main='import {\n  a,\n  b,\n} from "./ab.js";\nimport { c } from "./c.js";\n\nexport default { sum: a + b + c };\n',
        ab='import { c } from "./c.js";\nexport const a = c, b = 2;\n',
        c="export const c = 1;\n",
    )
    assert text.split() == "const c = 1; const a = c, b = 2; export default { sum: a + b + c };".split()


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ({"main": 'import { a } from "./a.js";\nconst b = 1;\n', "a": "export const a = 1;\nconst b = 2;\n"}, "only: b"),
        (
            {"main": 'import { a } from "./a.js";\n', "a": 'import { m } from "./main.js";\n'},
            "in a circle: main.js -> a.js -> main.js",
        ),
    ],
)
def test_what_cannot_be_one_text_is_refused(tmp_path, monkeypatch, texts, says):
    with pytest.raises(ValueError, match=says):
        modules(tmp_path, monkeypatch, **texts)


@pytest.mark.parametrize("path", sorted(script.JS.rglob("*.js")), ids=lambda path: path.name)
def test_modules_are_short(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 250 and max(map(len, lines)) <= 100


def test_a_still_is_larger_than_on_the_page_and_in_its_colours():
    image = Image.open(io.BytesIO(one_d("w**2/2", eta=0.5, w0=1).still())).convert("RGB")
    assert image.width == 704 * still.ZOOM
    colours = {colour for _, colour in image.getcolors(1 << 20)}
    assert {still.colours()["--gd-curve"], still.colours()["--gd-1"], (255, 255, 255)} <= colours


def test_the_style_of_a_still_has_no_variable_left():
    style = still.svg_style()
    assert "var(" not in style
    assert ".gd-beside.gd-run-2 {" in style and "#1f2328" in style and "stroke-dasharray: 7 3" in style


def test_where_memory_is_short_there_is_no_still_and_no_harm():
    """As in a submission that is graded: V8 would not ask, it would end the process."""
    pytest.importorskip("resource")
    code = """import resource
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
from gdlib.explore import one_d
print(sorted(one_d("w**2/2", eta=0.5, w0=1)._repr_mimebundle_()))"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "text/plain" in run.stdout and "image/png" not in run.stdout
