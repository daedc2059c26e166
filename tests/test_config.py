import json
from dataclasses import replace

import pytest

from mnist_core.architecture import ConvBlock
from mnist_core.config import TrainConfig
from mnist_core.fields import ConfigError
from mnist_core.presets import PRESETS
from mnist_core.runs.run_names import name_of, renamed


def test_presets_survive_json():
    assert {name: TrainConfig.from_json(config.to_json()) for name, config in PRESETS.items()} == PRESETS


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("epochs", 0, "from 1 to 200"),
        ("epochs", 2.5, "whole number"),
        ("epochs", True, "whole number"),
        ("learning_rate", float("nan"), "from 1e-05 to 10"),
        ("optimizer", "adamant", "adam, sgd, rmsprop"),
        ("dense_units", (64, 0), "from 1 to 2,048"),
        ("conv_blocks", ({"filters": 0},), "from 1 to 256"),
        ("batch_normalization", "yes", "true or false"),
    ],
)
def test_a_value_out_of_range_names_field_value_and_what_is_allowed(name, value, allowed):
    with pytest.raises(ConfigError) as caught:
        TrainConfig(**{name: value})
    assert name in str(caught.value) and repr(value if not isinstance(value, tuple) else 0) in str(caught.value)
    assert allowed in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"version": 1, "dense_units": ' + "[" * 900 + "]" * 900 + "}",
        json.dumps({"version": "1" * 100_000}),
        json.dumps({"version": 1, "e" * 100_000: 3}),
        json.dumps({"version": 1, "optimizer": "a" * 100_000}),
        json.dumps({"version": 1, "dense_units": [1] * 100_000}),
        json.dumps({"version": 1, "conv_blocks": [{"f" * 100_000: 1}]}),
    ],
)
def test_whatever_text_is_no_configuration_is_refused_in_short(text):
    with pytest.raises(ConfigError) as caught:
        TrainConfig.from_json(text)
    assert len(str(caught.value)) < 600


def test_an_architecture_that_cannot_be_built_names_its_layer():
    with pytest.raises(ConfigError, match=r"conv_3 cannot be built: a 5×5 kernel .* 4×4 pixels"):
        TrainConfig(conv_blocks=(ConvBlock(8, 5), ConvBlock(8, 5), ConvBlock(8, 5)))
    with pytest.raises(ConfigError, match="pool_4 cannot be built"):
        TrainConfig(conv_blocks=(ConvBlock(8, 3, "same", 3),) * 4)
    with pytest.raises(ConfigError, match="dense_1 cannot be built: with it the network has 411,6"):
        TrainConfig(conv_blocks=(ConvBlock(256, 3, "same", 1),) * 2, dense_units=(2048,))


def test_early_stopping_needs_validation_digits():
    with pytest.raises(ConfigError, match="validation_split"):
        TrainConfig(early_stopping=2, validation_split=0.0)


def test_a_file_of_another_version_or_with_unknown_fields_is_refused():
    values = PRESETS["fast"].to_dict()
    with pytest.raises(ConfigError, match="version 99"):
        TrainConfig.from_dict(values | {"version": 99})
    with pytest.raises(ConfigError, match="'colour'"):
        TrainConfig.from_dict(values | {"colour": 1})
    for text in ("{", "[]", json.dumps(None)):
        with pytest.raises(ConfigError):
            TrainConfig.from_json(text)


def test_changes_as_text_reach_every_field():
    for name, config in PRESETS.items():
        changes = config.changes_from(PRESETS["dense-512"])
        assert PRESETS["dense-512"].changed([f"{field}={text}" for field, text in changes.items()]) == config, name
    for wrong in ("colour=1", "epochs=many", "conv_blocks=32", "conv_blocks=32-5-x-2", "batch_normalization=perhaps"):
        with pytest.raises(ConfigError, match=wrong.partition("=")[0]):
            PRESETS["fast"].changed([wrong])


def test_a_run_is_called_after_its_preset_and_what_was_changed():
    changed = replace(PRESETS["fast"], epochs=3, train_size=600)
    assert name_of(changed, "fast") == "fast, epochs 3, training digits 600"
    # A change that is not named cannot be told from another.
    three = replace(changed, dropout=0.3)
    assert name_of(three, "fast") == "fast, dropout 0.3, epochs 3, training digits 600"
    assert name_of(replace(three, shift=2.0), "fast") == "fast, dropout 0.3, shift 2, 2 more changes"
    # Repeats are told apart by their seeds, which take nobody's place.
    repeat = replace(three, shift=2.0, seed=3)
    assert name_of(repeat, "fast") == "fast, dropout 0.3, shift 2, 2 more changes, seed 3"
    repeat = replace(three, learning_rate=0.02, seed=3)
    assert name_of(repeat, "fast") == "fast, dropout 0.3, learning rate 0.02, 2 more changes, seed 3"
    hidden = replace(PRESETS["dense-512"], conv_blocks=PRESETS["fast"].conv_blocks)
    assert name_of(hidden, "dense-512") == "dense-512"
    longer = replace(changed, epochs=5)
    assert renamed("fast, epochs 3, training digits 600", changed, longer) == "fast, epochs 5, training digits 600"
    assert renamed("Ada's first", changed, longer) == "Ada's first"
    uploaded = replace(PRESETS["fast"], data_set="0123456789ab")
    name = renamed(
        "fast, data set Runes", uploaded, replace(uploaded, epochs=5), lambda t: t.replace("0123456789ab", "Runes")
    )
    assert name == "fast, data set Runes, epochs 5"
