"""Schemas of the core kinds that deploy/ uses, written down from the Kubernetes API
reference (kubernetes.io/docs/reference/kubernetes-api, 1.29): names, types, what is required.
Keys that deploy/ does not use are left out, so that using a new one means looking it up."""

STRING, INTEGER, BOOLEAN = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
INT_OR_STRING = {"x-kubernetes-int-or-string": True}
MAP = {"type": "object", "additionalProperties": STRING}
FREE = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
QUANTITIES = {"type": "object", "additionalProperties": INT_OR_STRING}
LABEL = {"type": "string", "pattern": r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?)$"}
PORT = {"type": "integer", "minimum": 1, "maximum": 65535}


def one_of(*words):
    return {"type": "string", "enum": list(words)}


def obj(required=(), **properties):
    return {"type": "object", "required": list(required), "properties": properties}


def listed(item):
    return {"type": "array", "items": item}


METADATA = obj(["name"], name=STRING, namespace=LABEL, labels=MAP, annotations=MAP)
SELECTOR = obj(matchLabels=MAP)
PROBE = obj(httpGet=obj(["port"], path=STRING, port=INT_OR_STRING, scheme=one_of("HTTP", "HTTPS")),
            periodSeconds=INTEGER, timeoutSeconds=INTEGER, failureThreshold=INTEGER)
CONTAINER = obj(
    ["name"], name=LABEL, image=STRING, args=listed(STRING), command=listed(STRING),
    ports=listed(obj(["containerPort"], name=LABEL, containerPort=PORT,
                     protocol=one_of("TCP", "UDP"))),
    env=listed(obj(["name"], name=STRING, value=STRING)),
    resources=obj(requests=QUANTITIES, limits=QUANTITIES),
    volumeMounts=listed(obj(["name", "mountPath"], name=LABEL, mountPath=STRING, readOnly=BOOLEAN)),
    livenessProbe=PROBE, readinessProbe=PROBE, startupProbe=PROBE,
    securityContext=obj(allowPrivilegeEscalation=BOOLEAN, readOnlyRootFilesystem=BOOLEAN,
                        capabilities=obj(drop=listed(STRING))))
POD = obj(
    ["containers"], containers=listed(CONTAINER), serviceAccountName=LABEL,
    automountServiceAccountToken=BOOLEAN, terminationGracePeriodSeconds=INTEGER,
    securityContext=obj(runAsNonRoot=BOOLEAN, runAsUser=INTEGER, runAsGroup=INTEGER,
                        fsGroup=INTEGER, fsGroupChangePolicy=one_of("Always", "OnRootMismatch"),
                        seccompProfile=obj(["type"], type=one_of("RuntimeDefault", "Unconfined"))),
    volumes=listed(obj(["name"], name=LABEL, configMap=obj(["name"], name=STRING),
                       secret=obj(["secretName"], secretName=STRING, defaultMode=INTEGER,
                                  optional=BOOLEAN))))
TEMPLATE = obj(["metadata", "spec"], metadata=obj(labels=MAP, annotations=MAP), spec=POD)
CLAIM = obj(["accessModes", "resources"],
            accessModes=listed(one_of("ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany")),
            resources=obj(requests=QUANTITIES), storageClassName=STRING)
PEER = obj(podSelector=SELECTOR, namespaceSelector=SELECTOR)
NETWORK_PORT = obj(port=INT_OR_STRING, protocol=one_of("TCP", "UDP", "SCTP"))
RULE = obj(["verbs"], apiGroups=listed(STRING), resources=listed(STRING),
           verbs=listed(one_of("get", "list", "watch", "patch", "update", "create", "delete")),
           resourceNames=listed(STRING))
ROLE_REF = obj(["apiGroup", "kind", "name"], apiGroup=STRING, kind=one_of("Role", "ClusterRole"),
               name=STRING)
SUBJECTS = listed(obj(["kind", "name"], kind=one_of("ServiceAccount", "User", "Group"), name=STRING,
                      namespace=LABEL, apiGroup=STRING))

# By apiVersion and kind: what stands beside apiVersion and kind.
KINDS = {
    ("v1", "Namespace"): dict(metadata=METADATA),
    ("v1", "ServiceAccount"): dict(metadata=METADATA, automountServiceAccountToken=BOOLEAN),
    ("v1", "ConfigMap"): dict(metadata=METADATA, data=MAP),
    ("v1", "Service"): dict(metadata=METADATA, spec=obj(
        ["ports"], clusterIP=STRING, selector=MAP, publishNotReadyAddresses=BOOLEAN,
        type=one_of("ClusterIP", "NodePort", "LoadBalancer"),
        ports=listed(obj(["port"], name=LABEL, port=PORT, targetPort=INT_OR_STRING,
                         protocol=one_of("TCP", "UDP"), appProtocol=STRING)))),
    ("apps/v1", "StatefulSet"): dict(metadata=METADATA, spec=obj(
        ["selector", "serviceName", "template"], replicas=INTEGER, serviceName=STRING,
        selector=SELECTOR, template=TEMPLATE, volumeClaimTemplates=listed(
            obj(["metadata", "spec"], metadata=METADATA, spec=CLAIM)),
        updateStrategy=obj(type=one_of("RollingUpdate", "OnDelete")))),
    ("apps/v1", "Deployment"): dict(metadata=METADATA, spec=obj(
        ["selector", "template"], replicas=INTEGER, selector=SELECTOR, template=TEMPLATE)),
    ("policy/v1", "PodDisruptionBudget"): dict(metadata=METADATA, spec=obj(
        selector=SELECTOR, maxUnavailable=INT_OR_STRING, minAvailable=INT_OR_STRING)),
    ("networking.k8s.io/v1", "NetworkPolicy"): dict(metadata=METADATA, spec=obj(
        ["podSelector"], podSelector=SELECTOR, policyTypes=listed(one_of("Ingress", "Egress")),
        ingress=listed({"type": "object", "properties": {
            "from": listed(PEER), "ports": listed(NETWORK_PORT)}}),
        egress=listed(obj(to=listed(PEER), ports=listed(NETWORK_PORT))))),
    ("networking.k8s.io/v1", "Ingress"): dict(metadata=METADATA, spec=obj(
        ingressClassName=STRING, rules=listed(obj(host=STRING, http=obj(["paths"], paths=listed(obj(
            ["pathType", "backend"], path=STRING, pathType=one_of("Exact", "Prefix"),
            backend=obj(service=obj(["name"], name=STRING, port=obj(
                number=PORT, name=STRING)))))))))),
    ("rbac.authorization.k8s.io/v1", "Role"): dict(metadata=METADATA, rules=listed(RULE)),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"): dict(metadata=METADATA, rules=listed(RULE)),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): dict(
        metadata=METADATA, roleRef=ROLE_REF, subjects=SUBJECTS),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): dict(
        metadata=METADATA, roleRef=ROLE_REF, subjects=SUBJECTS),
    ("autoscaling/v2", "HorizontalPodAutoscaler"): dict(metadata=METADATA, spec=obj(
        ["scaleTargetRef", "maxReplicas"], minReplicas=INTEGER, maxReplicas=INTEGER,
        scaleTargetRef=obj(["kind", "name"], apiVersion=STRING, kind=STRING, name=STRING),
        metrics=listed(obj(["type"], type=one_of("Pods", "Object", "Resource", "External"),
                           pods=obj(["metric", "target"], metric=obj(["name"], name=STRING),
                                    target=obj(["type"], type=one_of("AverageValue"),
                                               averageValue=INT_OR_STRING)))))),
    # gateway-api.sigs.k8s.io, HTTPRoute v1
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): dict(metadata=METADATA, spec=obj(
        parentRefs=listed(obj(["name"], group=STRING, kind=STRING, name=STRING, namespace=LABEL,
                              port=PORT)),
        hostnames=listed(STRING),
        rules=listed(obj(matches=listed(obj(path=obj(
            type=one_of("Exact", "PathPrefix"), value=STRING))), backendRefs=listed(obj(
                ["name"], group=STRING, kind=STRING, name=STRING, port=PORT, weight=INTEGER)))))),
    # kubectl.docs.kubernetes.io/references/kustomize/kustomization
    ("kustomize.config.k8s.io/v1beta1", "Kustomization"): dict(
        namespace=LABEL, resources=listed(STRING), labels=listed(FREE), images=listed(FREE),
        configMapGenerator=listed(obj(["name"], name=STRING, files=listed(STRING))),
        secretGenerator=listed(obj(["name"], name=STRING, files=listed(STRING))),
        patches=listed(FREE)),
}


def schema_of(api, kind):
    known = KINDS.get((api, kind))
    if known is None:
        return None
    return obj(["apiVersion", "kind"] + (["metadata"] if "metadata" in known else []),
               apiVersion=STRING, kind=STRING, **known)
