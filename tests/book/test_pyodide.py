"""Python for the page is got whole, each file checked by its hash; a site has it, or says which host does."""

import hashlib
import importlib.util
import io
import json
import zipfile

import numpy as np
import pytest
from sklearn import datasets

from press import ROOT, pyodide

FILES = {"pyodide.js": b"one", "numpy.whl": b"two"}


@pytest.fixture
def host(monkeypatch, tmp_path):
    """A folder that stands for Pyodide's host, with a release of two files."""
    host = tmp_path / "host"
    host.mkdir()
    for name, content in FILES.items():
        (host / name).write_bytes(content)
    files = {name: {"sha256": hashlib.sha256(text).hexdigest(), "bytes": len(text)} for name, text in FILES.items()}
    monkeypatch.setattr(pyodide, "RELEASE", {"version": "0", "host": f"{host.as_uri()}/", "files": files})
    return host


def there(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*")}


def test_what_is_fetched_is_kept_and_not_fetched_twice(host, tmp_path):
    pyodide.fetch(tmp_path / "got")
    (host / "numpy.whl").unlink()
    pyodide.fetch(tmp_path / "got")
    assert there(tmp_path / "got") == FILES


def test_a_file_that_is_not_the_official_one_is_not_kept(host, tmp_path):
    (host / "numpy.whl").write_bytes(b"forged")
    with pytest.raises(SystemExit, match="numpy.whl is not the file that Pyodide 0 has: nothing was kept of it"):
        pyodide.fetch(tmp_path / "got")
    assert there(tmp_path / "got") == {"pyodide.js": b"one"}


def test_an_archive_is_taken_whole_or_not(host, tmp_path):
    archive = tmp_path / "whole.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("some/where/pyodide.js", b"one")
    with pytest.raises(SystemExit, match=r"whole\.zip has no numpy\.whl"):
        pyodide.take(archive, tmp_path / "got")
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr("numpy.whl", b"two")
    pyodide.take(archive, tmp_path / "got")
    assert there(tmp_path / "got") == FILES


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_in_the_place_of_scikit_learn_are_its_own(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        pyodide.write_tables(archive)
    zipfile.ZipFile(packed).extractall(tmp_path)
    small = load(tmp_path / "sklearn" / "datasets.py", "small_datasets")
    for name in pyodide.TABLES:
        ours, theirs = (getattr(home, f"load_{name}") for home in (small, datasets))
        for mine, its in zip(ours(return_X_y=True), theirs(return_X_y=True), strict=True):
            assert np.array_equal(mine, its)
        assert ours().feature_names == list(theirs().feature_names)
    assert np.array_equal(small.load_diabetes(scaled=False).data, datasets.load_diabetes(scaled=False).data)


def test_gdlib_goes_to_the_page_with_all_that_it_reads():
    names = set(zipfile.ZipFile(io.BytesIO(pyodide.sources("gdlib", "anywidget"))).namelist())
    lying = [path for path in (ROOT / "gdlib").rglob("*") if path.is_file() and path.suffix not in (".pyc", ".ts", ".typed")]
    assert {path.relative_to(ROOT).as_posix() for path in lying} <= names
    assert any(name.startswith("anywidget-") and name.endswith("/METADATA") for name in names)


def test_a_site_without_python_keeps_none_of_an_earlier_build(tmp_path):
    run = load(ROOT / "_ext" / "run.py", "run_extension")
    prepared, static = tmp_path / "prepared", tmp_path / "static"
    for folder in (prepared, static / "run"):
        folder.mkdir(parents=True)
    file = {"url": "numpy.bin", "bytes": 7, "packed": True}
    archives = {name: {"modules": name, "needs": [], "files": [file]} for name in run.FIRST}
    (prepared / "numpy.bin").write_bytes(b"numbers")
    (prepared / "archives.json").write_text(json.dumps({"core": {}, "archives": archives}), encoding="utf-8")

    def manifest(*parts):
        run.write_parts(static, *parts)
        return json.loads((static / "run" / "python.json").read_text("utf-8"))

    here = manifest(prepared)
    assert (here["from"], here["elsewhere"], here["bytes"]) == ("this site", False, 14)
    assert there(static / "python") == {"numpy.bin": b"numbers"}
    there_then = manifest()
    assert there_then["from"] == "cdn.jsdelivr.net" and there_then["elsewhere"]
    assert not (static / "python").exists() and (static / "run" / "gdlib.zip").exists()
