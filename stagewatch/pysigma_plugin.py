"""pySigma plugin: Stagewatch's pipelines for ``sigma list pipelines`` and ``sigma convert -p stagewatch_<target>``.

Installed as ``sigma.pipelines.stagewatch``, where pySigma discovers pipelines.
"""

from sigma.processing.pipeline import ProcessingPipeline

from stagewatch.pipelines import house_pipeline

__all__ = [
    "stagewatch_defender_pipeline",
    "stagewatch_elastic_pipeline",
    "stagewatch_logscale_pipeline",
    "stagewatch_qradar_pipeline",
    "stagewatch_secops_pipeline",
    "stagewatch_sentinel_pipeline",
    "stagewatch_splunk_pipeline",
    "stagewatch_sumo_pipeline",
]


def stagewatch_defender_pipeline() -> ProcessingPipeline:
    """Microsoft Defender XDR advanced hunting."""
    return house_pipeline("defender")


def stagewatch_sentinel_pipeline() -> ProcessingPipeline:
    """Microsoft Sentinel."""
    return house_pipeline("sentinel")


def stagewatch_splunk_pipeline() -> ProcessingPipeline:
    """Splunk."""
    return house_pipeline("splunk")


def stagewatch_elastic_pipeline() -> ProcessingPipeline:
    """Elastic Security."""
    return house_pipeline("elastic")


def stagewatch_qradar_pipeline() -> ProcessingPipeline:
    """IBM QRadar."""
    return house_pipeline("qradar")


def stagewatch_sumo_pipeline() -> ProcessingPipeline:
    """Sumo Logic Cloud SIEM."""
    return house_pipeline("sumo")


def stagewatch_secops_pipeline() -> ProcessingPipeline:
    """Google SecOps."""
    return house_pipeline("secops")


def stagewatch_logscale_pipeline() -> ProcessingPipeline:
    """CrowdStrike Falcon LogScale."""
    return house_pipeline("logscale")
