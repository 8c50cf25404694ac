"""Training: it learns, it can be stopped and taken up, and nothing on disk is pickled."""

import json
import zipfile

import numpy as np
import pytest
import torch

from perrin.errors import InputError
from perrin.train import Recipe
from perrin.train.checkpoint import averaged, inherit, written
from perrin.train.loop import train
from tests.helpers.recipes import TINY_CNN


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.mark.slow
def test_it_learns(tiny, tmp_path):
    """On data that it never sees, the averaged network gets better."""
    faster = Recipe.parse(tiny.text.replace("rate = 3e-3", "rate = 1e-2").replace("points = 1024", "points = 512"))
    seen = []
    train(faster, tmp_path / "run", steps=90, report=lambda p: seen.append(p.held_out), every=10, look_every=10)
    assert min(seen[-3:]) < 0.85 * seen[0]


@pytest.mark.slow
def test_resuming_gives_the_very_weights(tiny, tmp_path):
    longer = Recipe.parse(tiny.text.replace("cooldown = 0.25", "cooldown = 0.0"))
    whole = train(longer, tmp_path / "whole", look_every=4)
    train(longer, tmp_path / "parts", steps=7, look_every=4)
    parts = train(longer, tmp_path / "parts", resume=True, look_every=4)
    for one, two in zip(whole.net.parameters(), parts.net.parameters(), strict=True):
        assert torch.equal(one, two)
    for one, two in zip(whole.average.parameters(), parts.average.parameters(), strict=True):
        assert torch.equal(one, two)
    assert whole.tracks == parts.tracks
    assert steps_seen(tmp_path / "whole") == [4, 8, 12]
    assert steps_seen(tmp_path / "parts") == [4, 7, 8, 12]


@pytest.mark.slow
def test_a_recipe_begins_from_the_weights_of_another_and_new_inputs_from_zero(tiny, tmp_path):
    plain = tiny.text.replace("hurst-by-family", "hurst").replace("heads = 2", "heads = 2\nfamilies = false")
    base = Recipe.parse(plain.replace("heads = 2", "heads = 2\ncarried = false"))
    old = train(base, tmp_path / "tiny").average
    wider = Recipe.parse(plain.replace('"tiny"', '"wider"\nbegins = "tiny"'))
    net = wider.net().eval()
    inherit(net, tmp_path / "tiny")
    for sample in net.examples():
        for mine, its in zip(net(*sample), old(*sample), strict=True):
            torch.testing.assert_close(mine, its)
    whole = train(wider, tmp_path / "wider")
    moved = train(wider, tmp_path / "elsewhere" / "wider", begin=tmp_path / "tiny", steps=6)
    assert not torch.equal(whole.net.stem[0].weight[:, -1], torch.zeros(16))
    train(base, tmp_path / "tiny", resume=True, steps=24)
    again = train(wider, tmp_path / "elsewhere" / "wider", resume=True, steps=6)  # the run it began from has gone on
    assert torch.equal(again.net.head.weight, moved.net.head.weight)
    with pytest.raises(InputError, match="--begin"):
        train(wider, tmp_path / "alone" / "wider")


@pytest.mark.slow
def test_a_network_inherits_what_it_has_more_of_but_never_less(tiny, tmp_path):
    plain = Recipe.parse(
        tiny.text.replace("hurst-by-family", "hurst").replace("heads = 2", "heads = 2\nfamilies = false")
    )
    old = train(plain, tmp_path / "plain").average
    train(tiny, tmp_path / "more")
    net, drawn = tiny.net(), tiny.net()
    inherit(net, tmp_path / "plain")
    assert torch.equal(net.head.weight, old.head.weight)
    assert torch.equal(net.families.read[1].weight, drawn.families.read[1].weight)
    with pytest.raises(InputError, match="another network"):
        inherit(plain.net(), tmp_path / "more")
    with pytest.raises(InputError, match="another network"):
        inherit(Recipe.parse(tiny.text.replace("coarse = 8", "coarse = 16")).net(), tmp_path / "more")


def steps_seen(folder):
    return [json.loads(line)["step"] for line in (folder / "curve.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_a_checkpoint_is_arrays_and_the_average_is_in_it(tiny, tmp_path):
    state = train(tiny, tmp_path / "run")
    with zipfile.ZipFile(tmp_path / "run" / "checkpoint.npz") as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                np.lib.format.read_array(file, allow_pickle=False)
    found = averaged(tiny.net(), tmp_path / "run")
    for one, two in zip(found.parameters(), state.average.parameters(), strict=True):
        assert torch.equal(one, two)
    assert written(tmp_path / "run")["steps"] == 12


def test_a_folder_is_not_overwritten(tiny, tmp_path):
    train(tiny, tmp_path / "run", steps=1)
    with pytest.raises(InputError, match="already contains a run"):
        train(tiny, tmp_path / "run")
    longer = Recipe.parse("# remarks may change\n" + tiny.text.replace("steps = 12", "steps = 2"))
    assert train(longer, tmp_path / "run", resume=True).step == 2
    other = Recipe.parse(tiny.text.replace("seed = 3", "seed = 4"))
    with pytest.raises(InputError, match="another recipe"):
        train(other, tmp_path / "run", resume=True)


@pytest.mark.slow
def test_a_run_may_go_on_with_another_stream_if_the_recipe_says_what_it_was(tiny, tmp_path):
    noisy, quiet = (tiny.text.replace("points = 1024", f"points = 1024\nnoisy = {share}") for share in (0.3, 0.0))
    train(Recipe.parse(noisy), tmp_path / "run", steps=4)
    with pytest.raises(InputError, match="another recipe"):
        train(Recipe.parse(quiet), tmp_path / "run", resume=True)
    early = "[[stream.early]]\nuntil = {}\nnoisy = 0.3\n\n[loss]"
    changed, too_soon = (quiet.replace("[loss]", early.format(until)) for until in (4, 3))
    with pytest.raises(InputError, match="another recipe"):
        train(Recipe.parse(too_soon), tmp_path / "run", resume=True)
    assert train(Recipe.parse(changed), tmp_path / "run", resume=True, steps=6).step == 6
    with pytest.raises(InputError, match="another recipe"):
        train(Recipe.parse(noisy), tmp_path / "run", resume=True)


@pytest.mark.slow
def test_the_rate_of_a_plateau_is_found_again_after_a_stop(tmp_path):
    recipe = Recipe.parse(TINY_CNN)
    seen = []
    train(recipe, tmp_path / "run", report=seen.append)
    assert [p.step for p in seen] == [2, 4, 6]
    looks = [p.held_out for p in seen]
    train(recipe, tmp_path / "run", resume=True, steps=8, report=seen.append)
    assert seen[-1].rate == pytest.approx(1e-3 * recipe.schedule.plateau.factor_after(looks))
