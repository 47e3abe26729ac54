"""Tests of the query languages. Nothing here knows our targets."""
