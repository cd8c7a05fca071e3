"""deploy/kubernetes: what can be known of it without a cluster."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from buzon.config import Settings

FOLDER = Path(__file__).parents[1] / "deploy/kubernetes"
FILES = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml")
VERSIONS = ("1.29", "1.37")  # the oldest and the newest that are checked against
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())


def resources(path: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(path.read_text()) if each]


ALL = [each for path in FILES for each in resources(path)]
PODS = [each for each in ALL if each["kind"] in ("Deployment", "Job")]
each_pod = pytest.mark.parametrize("pod", PODS, ids=lambda pod: pod["metadata"]["name"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_resource_is_what_its_schema_allows(path: Path, version: str) -> None:
    for resource in resources(path):
        kubernetes_validate.validate(resource, version, strict=True)


def test_what_the_schema_forbids_is_found() -> None:
    (broken,) = resources(FOLDER / "configmap.yaml")
    broken["data"]["BUZON_PORT"] = 8000
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSIONS[-1], strict=True)


def test_the_kustomization_names_all_but_the_example_of_a_secret() -> None:
    assert {*KUSTOMIZATION["resources"], "secret.example.yaml"} == {path.name for path in FILES}
    assert {each["name"] for each in KUSTOMIZATION["images"]} == {
        pod["spec"]["template"]["spec"]["containers"][0]["image"] for pod in PODS
    }


def test_what_is_set_is_a_setting_of_buzon() -> None:
    known = {f"BUZON_{field.upper()}" for field in Settings.model_fields}
    given = {
        name
        for each in ALL
        for name in {**each.get("data", {}), **each.get("stringData", {})}
    }  # fmt: skip
    assert given <= known
    assert {"BUZON_DATABASE_URL", "BUZON_SECRET_KEY"} <= given


@each_pod
def test_each_pod_runs_without_rights_on_a_file_system_it_cannot_write(pod: dict[str, Any]) -> None:
    spec = pod["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"].keys() == {"requests", "limits"}
    given = {next(iter(source)) for source in container["envFrom"]}
    assert given == {"configMapRef", "secretRef"}


def test_each_part_has_its_deployment_its_probes_and_its_disruption_budget() -> None:
    parts = {
        pod["spec"]["template"]["spec"]["containers"][0]["args"][-1]: pod
        for pod in PODS
        if pod["kind"] == "Deployment"
    }
    assert parts.keys() == {"web", "mail", "work"}
    for part, deployment in parts.items():
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()
        assert deployment["spec"]["selector"]["matchLabels"] == labels
        for kind in ("PodDisruptionBudget", "NetworkPolicy"):
            (found,) = (
                each
                for each in ALL
                if each["kind"] == kind and each["metadata"]["name"] == f"buzon-{part}"
            )
            chosen = found["spec"].get("selector") or found["spec"]["podSelector"]
            assert chosen["matchLabels"] == labels
