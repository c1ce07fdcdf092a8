"""Writes test/fixtures/tabular.h5: a model that reads no picture, for the tests of its refusal.

    python training/model_fixtures.py
"""
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras

keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
model.save(pathlib.Path(__file__).resolve().parent.parent / "test/fixtures/tabular.h5")
