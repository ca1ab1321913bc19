import errno
import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.detector_crops import FontCrops
from webcam_digits.errors import DataError, OutputError, WebcamDigitsError

torch = pytest.importorskip("torch")

from webcam_digits.train.detector.checkpoint import load  # noqa: E402
from webcam_digits.train.detector.export import load_weights, save_weights  # noqa: E402
from webcam_digits.train.detector.network import Network, Shape  # noqa: E402
from webcam_digits.train.detector.recipe import Recipe  # noqa: E402
from webcam_digits.train.detector.training import Job, train  # noqa: E402

SHAPE = Shape(16, 16, 16, 16, 16, (0, 1, 1))
RECIPE = Recipe(batch=4, round=4, warm_up=2, validated=2, decay=0.25)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def job(tmp_path: Path, **changes) -> Job:
    usual = Job(RECIPE, SHAPE, FontCrops, tmp_path / "a.checkpoint", most=64, workers=0)
    return replace(usual, **changes)


def run(job: Job, log=lambda _: None):
    history = []
    network = train(job, lambda _: {}, log, history)
    return network, history


def same(one: Network, other: Network) -> bool:
    values = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in values)


def test_it_learns(tmp_path):
    lines = []
    recipe = Recipe(batch=8, round=20, warm_up=10)
    run(job(tmp_path, recipe=recipe, most=1280), lines.append)
    losses = [float(line.split("loss ")[1].split()[0]) for line in lines]
    assert losses[-1] < 0.5 * losses[0]


def test_the_same_job_gives_the_same_weights(tmp_path):
    assert same(run(job(tmp_path))[0], run(job(tmp_path))[0])
    other = replace(RECIPE, seed=1)
    assert not same(run(job(tmp_path))[0], run(job(tmp_path, recipe=other))[0])


@pytest.mark.parametrize("interrupted", [1, 4, 6])
def test_an_interrupted_training_goes_on_as_if_nothing_had_been(tmp_path, interrupted):
    whole = run(job(tmp_path))[0]

    class Interrupting(FontCrops):
        def __init__(self):
            self.left = 4 * interrupted

        def draw(self, seed, index):
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGINT)
            return super().draw(seed, index)

    lines = []
    with pytest.raises(KeyboardInterrupt):
        run(job(tmp_path, crops=Interrupting), lines.append)
    assert lines[-1].startswith(f"interrupted after {4 * interrupted} crops: the same command with --resume")
    assert load(tmp_path / "a.checkpoint", RECIPE, SHAPE).learner["steps"] == interrupted
    assert same(run(job(tmp_path, resume=True))[0], whole)


def test_the_second_signal_ends_it_at_once(tmp_path):
    class Twice(FontCrops):
        def draw(self, seed, index):
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)
            raise AssertionError

    with pytest.raises(SystemExit) as end:
        run(job(tmp_path, crops=Twice))
    assert end.value.code == 143


def test_the_decay_branches_off(tmp_path):
    run(job(tmp_path))
    assert load(tmp_path / "a.checkpoint", RECIPE, SHAPE).learner["steps"] == 12  # of 16
    longer = run(job(tmp_path, most=128, resume=True))[0]
    assert same(longer, run(job(tmp_path, most=128))[0])


def test_validations_are_kept(tmp_path):
    _, history = run(job(tmp_path))
    assert [(figures["crops"], figures["decayed"]) for figures in history] == [(32, False), (64, True)]
    assert load(tmp_path / "a.checkpoint", RECIPE, SHAPE).history == history


def test_a_time_ends_it(tmp_path):
    _, history = run(job(tmp_path, most=None, minutes=0.03))
    assert 0 < history[-1]["seconds"] < 20


def test_two_processes_learn_what_one_does(tmp_path):
    recipe = replace(RECIPE, batch=2, rate=1e-4)
    alone, together = (
        run(job(tmp_path, recipe=recipe, most=8, processes=processes, workers=workers))[0]
        for processes, workers in ((1, 0), (2, 0))
    )
    for one, other in zip(alone.parameters(), together.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=2e-3, rtol=0)


def test_other_processes_draw_the_same_crops(tmp_path):
    assert same(run(job(tmp_path, most=16, workers=1))[0], run(job(tmp_path, most=16))[0])


class Broken(FontCrops):
    def draw(self, seed, index):
        raise DataError("there are no digits")


@pytest.mark.parametrize("workers", [0, 1])
def test_what_is_wrong_with_the_data_is_one_line(tmp_path, workers):
    with pytest.raises(DataError, match=r"^there are no digits$"):
        run(job(tmp_path, crops=Broken, workers=workers))


class Dying(FontCrops):
    def draw(self, seed, index):
        os._exit(1)


@pytest.mark.parametrize(("processes", "workers"), [(1, 1), (2, 0)])
def test_a_process_that_ends_is_reported(tmp_path, processes, workers):
    crops = FollowerDies if processes == 2 else Dying
    with pytest.raises(WebcamDigitsError, match="was ended; is memory short"):
        run(job(tmp_path, crops=crops, processes=processes, workers=workers))


class FollowerDies(FontCrops):
    def draw(self, seed, index):
        if index == 5:  # the second process's
            os._exit(1)
        return super().draw(seed, index)


def test_too_high_a_rate_is_reported(tmp_path):
    with pytest.raises(WebcamDigitsError, match="diverged in step"):
        run(job(tmp_path, recipe=replace(RECIPE, rate=1e30)))


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    run(job(tmp_path))
    before = (tmp_path / "a.checkpoint").read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match=r"No space left on device; put that right, then .* --resume"):
        run(job(tmp_path, most=128, resume=True))
    assert (tmp_path / "a.checkpoint").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.checkpoint"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"shape": replace(SHAPE, head=32)}, "head 16, not 32"),
        ({"recipe": replace(RECIPE, seed=3)}, "seed 0, not 3"),
        ({"start": Path("other.npz")}, "began with drawn weights, not other.npz"),
    ],
)
def test_another_trainings_checkpoint_is_refused(tmp_path, changes, reason):
    run(job(tmp_path))
    with pytest.raises(DataError, match=reason):
        run(job(tmp_path, resume=True, **changes))


@pytest.mark.parametrize("content", [None, b"", b"no checkpoint", b"PK\3\4 broken"])
def test_what_is_not_a_checkpoint_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "a.checkpoint").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.checkpoint"):
        run(job(tmp_path, resume=True))


def test_a_checkpoint_of_another_program_is_refused(tmp_path):
    torch.save({"form": "another"}, tmp_path / "a.checkpoint")
    with pytest.raises(DataError, match="is not a checkpoint of this version"):
        run(job(tmp_path, resume=True))


def test_a_broken_cut_off_checkpoint_is_refused(tmp_path):
    run(job(tmp_path))
    content = (tmp_path / "a.checkpoint").read_bytes()
    (tmp_path / "a.checkpoint").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="broken"):
        run(job(tmp_path, resume=True))


def test_weights_are_stored_in_half_and_begun_with(tmp_path):
    network, path = run(job(tmp_path))[0], tmp_path / "a.npz"
    save_weights(network, path)
    assert path.stat().st_size < 3 * network.size + 30_000  # names and the archive's tables
    again = Network(SHAPE)
    load_weights(again, path)
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3)
    assert not same(run(job(tmp_path, start=path, most=16))[0], again)
    assert load(tmp_path / "a.checkpoint", RECIPE, SHAPE).start == "a.npz"


@pytest.mark.parametrize("content", [None, b"", b"no weights"])
def test_what_are_not_weights_is_refused(tmp_path, content):
    path = tmp_path / "a.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz"):
        run(job(tmp_path, start=path))


def test_weights_of_another_shape_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    save_weights(Network(replace(SHAPE, head=32)), path)
    with pytest.raises(DataError, match="of another shape"):
        run(job(tmp_path, start=path))


def test_weights_that_hold_something_else_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, train_images=np.zeros((2, 28, 28)))
    with pytest.raises(DataError, match="of another shape"):
        run(job(tmp_path, start=path))
