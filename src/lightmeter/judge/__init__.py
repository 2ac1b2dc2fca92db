"""Judgement: rubrics, verdicts, prompt variants and the one decision."""
