"""The questions: those of the README's first example, what Kiali and Flagger's templates ask,
and what grows with the mesh."""

B = "istio_request_duration_milliseconds_bucket"
R = "istio_requests_total"
ONE = 'destination_service_name="svc-1"'

ROWS = (
    ("bare number", "1"),
    ("seed: requests by version", f"sum(rate({R}[5m])) by (destination_version)"),
    ("seed: success ratio by version",
     f'sum(rate({R}{{response_code!~"5.."}}[5m])) by (destination_version)'
     f" / sum(rate({R}[5m])) by (destination_version)"),
    ("seed: p95 by version",
     f"histogram_quantile(0.95, sum(rate({B}[5m])) by (le, destination_version))"),
    ("raw selector, 1 service", f"{B}{{{ONE}}}"),
    ("success rate, 1 service by version",
     f'sum by (destination_version) (rate({R}{{{ONE},response_code!~"5.."}}[5m]))'
     f" / sum by (destination_version) (rate({R}{{{ONE}}}[5m]))"),
    ("p95, 1 service by version",
     f"histogram_quantile(0.95, sum by (le, destination_version) (rate({B}{{{ONE}}}[5m])))"),
    ("sum by (le) of all rates", f"sum by (le) (rate({B}[5m]))"),
    ("p95 by workload and version",
     "histogram_quantile(0.95, sum by (le, destination_workload, destination_version)"
     f" (rate({B}[5m])))"),
    ("p99 by workload, regex, [1m], > 0",
     "histogram_quantile(0.99, sum by (le, destination_workload)"
     f' (rate({B}{{destination_service_name=~"svc-.*",response_code=~"2.."}}[1m]))) > 0'),
    ("mean latency by service",
     "sum by (destination_service_name) (rate(istio_request_duration_milliseconds_sum[5m]))"
     " / sum by (destination_service_name) (rate(istio_request_duration_milliseconds_count[5m]))"),
)

# VictoriaMetrics extrapolates nothing and looks before the window: not comparable for these.
EXTRAPOLATES = ("rate(", "increase(", "delta(")
