"""`buzon evaluate`: how good a model is on labelled mails."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from buzon.cli import labelled
from buzon.cli.classifiers import load_classifier
from buzon.config import Settings
from buzon.mail import clean


def evaluate(settings: Settings, file: Path, model: Path | None, *, as_json: bool) -> None:
    """Raises Invalid for a file that can't be read, ModelError for a model that can't."""
    from buzon.classifier.evaluate import evaluate as measure

    samples = labelled.read([file])
    classifier = load_classifier(settings, model)
    figures = measure(classifier, samples, prepare=clean.newest)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))
    else:
        _show(figures, classifier.version)


def _show(figures: dict[str, Any], version: str) -> None:
    console = Console()
    console.print(
        f"{version} on {figures['n']} mails: [bold]{figures['accuracy']:.1%}[/bold] right, "
        f"macro-F1 {figures['macro_f1']:.3f}, calibration error {figures['ece']:.3f}."
    )
    for risk, share in figures["coverage_at_risk"].items():
        console.print(f"Of the surest {share:.0%}, at most {float(risk):.0%} are wrong.")
    table = Table("category", "mails", "precision", "recall", "F1")
    for label, row in figures["per_label"].items():
        table.add_row(
            label,
            f"{row['n']:.0f}",
            *(f"{row[name]:.3f}" for name in ("precision", "recall", "f1")),
        )
    console.print(table)
    if len(figures["per_lang"]) > 1:
        table = Table("language", "mails", "right", "macro-F1")
        for lang, row in figures["per_lang"].items():
            table.add_row(
                lang or "–", str(row["n"]), f"{row['accuracy']:.1%}", f"{row['macro_f1']:.3f}"
            )
        console.print(table)
