"""Series as sidecars of Istio expose them: per pod and response code 20 buckets of latency,
their sum and count, and the requests; a few pods restart on the way."""

BOUNDS = ("0.5", "1", "5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "10000",
          "30000", "60000", "300000", "600000", "1800000", "3600000", "+Inf")
CODES = (("200", 40), ("404", 9), ("503", 2))  # requests a second, about
BUCKET_SHARE = (0, 0, 5, 11, 20, 26, 18, 10, 6, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0)  # of 100
STEP_MS = 15_000
PER_CELL = len(BOUNDS) + 3
HISTOGRAM = "istio_request_duration_milliseconds"
RESTARTS_EVERY = 50  # pods


def labels_of(service, version, pod, code):
    name = f"svc-{service}"
    return (f'reporter="destination",source_workload="frontend",source_workload_namespace="shop",'
            f'source_principal="spiffe://cluster.local/ns/shop/sa/frontend",'
            f'destination_workload="{name}-v{version}",destination_workload_namespace="shop",'
            f'destination_app="{name}",destination_version="v{version}",'
            f'destination_canonical_service="{name}",destination_canonical_revision="v{version}",'
            f'destination_service="{name}.shop.svc.cluster.local",'
            f'destination_service_name="{name}",destination_service_namespace="shop",'
            f'destination_cluster="Kubernetes",request_protocol="http",response_code="{code}",'
            f'response_flags="-",connection_security_policy="mutual_tls",job="istio-proxy",'
            f'namespace="shop",pod="{name}-v{version}-{pod}",'
            f'instance="10.{service // 200}.{service % 200}.{version * 100 + pod}:15020"')


class Cell:
    """23 series of one pod and code."""

    def __init__(self, mesh, service, version, pod, code, rate):
        labels = labels_of(service, version, pod, code)
        self.names = [f'{HISTOGRAM}_bucket{{{labels},le="{b}"}}' for b in BOUNDS]
        self.names += [f"{HISTOGRAM}_sum{{{labels}}}", f"{HISTOGRAM}_count{{{labels}}}",
                       f"istio_requests_total{{{labels}}}"]
        self.number = mesh.pods * 3 + len(code)
        self.rate = rate * (STEP_MS // 1000) * (1 + service % 7)
        self.restarts = mesh.pods % RESTARTS_EVERY == 7
        self.bucket, self.total, self.sum = [0] * len(BOUNDS), 0, 0.0
        self.mesh, self.step = mesh, 0

    def values(self):
        """At the next scrape: whole counts, a sum that is no whole number."""
        if self.restarts and self.step == self.mesh.steps * 2 // 3:
            self.bucket, self.total, self.sum = [0] * len(BOUNDS), 0, 0.0
        seed = self.number * 7919 + self.step * 104_729
        n, below = 0, []
        for i, share in enumerate(BUCKET_SHARE):
            if share:
                n += self.rate * share // 100 + (seed >> i) % (1 + self.rate * share // 400)
            self.bucket[i] += n
            below.append(self.bucket[i])
        self.total += n
        self.sum += n * 37.25 + (seed % 1000) / 8
        self.step += 1
        return [*below, self.sum, self.total, self.total]


class Mesh:
    """Cells of services * 2 versions * pods; end_ms is the time of the last scrape, about."""

    def __init__(self, services, pods, steps, end_ms):
        self.steps, self.pods, self.cells = steps, 0, []
        self.start_ms = (end_ms - steps * STEP_MS) // 1000 * 1000
        self.offsets = []
        for service in range(services):
            for version in (1, 2):
                for pod in range(pods):
                    for code, rate in CODES:
                        self.cells.append(Cell(self, service, version, pod, code, rate))
                        # Even, so that no query at an odd time has a sample on its edge.
                        self.offsets.append(self.pods * 138 % STEP_MS)
                    self.pods += 1

    @property
    def n_series(self):
        return len(self.cells) * PER_CELL

    def end_ms(self):
        return self.start_ms + self.steps * STEP_MS

    def scrapes(self):
        """For each step, lists of (name, value, ms)."""
        for step in range(self.steps):
            rows = []
            for cell, offset in zip(self.cells, self.offsets):
                t = self.start_ms + step * STEP_MS + offset
                rows.extend((name, value, t) for name, value in zip(cell.names, cell.values()))
            yield rows


def as_text(rows):
    """Prometheus's text format: times are milliseconds."""
    return "".join([f"{name} {value!r} {t}\n" for name, value, t in rows]).encode("ascii")


def as_openmetrics(rows):
    """OpenMetrics: times are seconds."""
    return "".join([f"{name} {value!r} {t // 1000}.{t % 1000:03d}\n"
                    for name, value, t in rows]).encode("ascii")
