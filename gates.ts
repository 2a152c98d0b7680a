import type {D,O,F} from "./loose";
export const d: D = {
 "uid": "verdictd-gates",
 "title": "verdictd / Gates",
 "description": "What Argo Rollouts and Flagger asked, what they were told, and how fast.",
 "tags": [
  "verdictd"
 ],
 "schemaVersion": 39,
 "version": 1,
 "editable": false,
 "graphTooltip": 1,
 "fiscalYearStartMonth": 0,
 "weekStart": "",
 "timezone": "browser",
 "refresh": "30s",
 "time": {
  "from": "now-6h",
  "to": "now"
 },
 "timepicker": {},
 "links": [
  {
   "type": "dashboards",
   "title": "verdictd",
   "tags": [
    "verdictd"
   ],
   "asDropdown": true,
   "includeVars": true,
   "keepTime": true,
   "icon": "external link",
   "targetBlank": false,
   "tooltip": "",
   "url": ""
  }
 ],
 "annotations": {
  "list": [
   {
    "builtIn": 1,
    "name": "Annotations & Alerts",
    "type": "dashboard",
    "enable": true,
    "hide": true,
    "iconColor": "rgba(0, 211, 255, 1)",
    "datasource": {
     "type": "grafana",
     "uid": "-- Grafana --"
    }
   }
  ]
 },
 "templating": {
  "list": [
   {
    "type": "datasource",
    "name": "datasource",
    "label": "Data source",
    "query": "prometheus",
    "refresh": 1,
    "hide": 0,
    "multi": false,
    "includeAll": false,
    "regex": "",
    "options": [],
    "current": {
     "text": "",
     "value": ""
    }
   },
   {
    "type": "query",
    "name": "job",
    "label": "Job",
    "datasource": {
     "type": "prometheus",
     "uid": "${datasource}"
    },
    "refresh": 2,
    "sort": 1,
    "hide": 0,
    "multi": true,
    "includeAll": true,
    "allValue": ".+",
    "query": {
     "query": "label_values(verdictd_build_info, job)",
     "refId": "job"
    },
    "regex": "",
    "options": [],
    "current": {
     "selected": true,
     "text": [
      "All"
     ],
     "value": [
      "$__all"
     ]
    }
   },
   {
    "type": "query",
    "name": "instance",
    "label": "Instance",
    "datasource": {
     "type": "prometheus",
     "uid": "${datasource}"
    },
    "refresh": 2,
    "sort": 1,
    "hide": 0,
    "multi": true,
    "includeAll": true,
    "allValue": ".+",
    "query": {
     "query": "label_values(verdictd_build_info{job=~\"$job\"}, instance)",
     "refId": "instance"
    },
    "regex": "",
    "options": [],
    "current": {
     "selected": true,
     "text": [
      "All"
     ],
     "value": [
      "$__all"
     ]
    }
   }
  ]
 },
 "panels": [
  {
   "type": "stat",
   "title": "Questions",
   "description": "That were told a verdict, each second.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum(sum by (job) (rate(verdictd_gate_calls_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval])))",
     "legendFormat": "__auto",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 4,
    "h": 4,
    "x": 0,
    "y": 0
   },
   "options": {
    "reduceOptions": {
     "calcs": [
      "lastNotNull"
     ],
     "fields": "",
     "values": false
    },
    "colorMode": "value",
    "graphMode": "none",
    "textMode": "auto",
    "justifyMode": "auto",
    "orientation": "auto",
    "wideLayout": true,
    "showPercentChange": false,
    "percentChangeColorMode": "standard"
   },
   "fieldConfig": {
    "defaults": {
     "unit": "reqps",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "thresholds"
     },
     "custom": {}
    },
    "overrides": []
   },
   "transformations": [],
   "id": 1
  },
  {
   "type": "stat",
   "title": "Refused",
   "description": "Not understood, not allowed or unknown: answers of 4xx and 5xx at the gates without a verdict, each second. Flagger's 409 is a verdict.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum(rate(verdictd_http_requests_total{job=~\"$job\", instance=~\"$instance\", handler=~\"/v1/argo/verdict|/v1/flagger/{}|/gate/{}|/rollback/{}\", code=~\"400|401|403|404|405|413|5..\"}[$__rate_interval])) or vector(0)",
     "legendFormat": "__auto",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 4,
    "h": 4,
    "x": 4,
    "y": 0
   },
   "options": {
    "reduceOptions": {
     "calcs": [
      "lastNotNull"
     ],
     "fields": "",
     "values": false
    },
    "colorMode": "value",
    "graphMode": "none",
    "textMode": "auto",
    "justifyMode": "auto",
    "orientation": "auto",
    "wideLayout": true,
    "showPercentChange": false,
    "percentChangeColorMode": "standard"
   },
   "fieldConfig": {
    "defaults": {
     "unit": "reqps",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       },
       {
        "color": "red",
        "value": 0.001
       }
      ]
     },
     "color": {
      "mode": "thresholds"
     },
     "custom": {}
    },
    "overrides": []
   },
   "transformations": [],
   "id": 2
  },
  {
   "type": "stat",
   "title": "99th percentile",
   "description": "Of the gates' answering times.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "histogram_quantile(0.99, sum by (le) (rate(verdictd_http_request_duration_seconds_bucket{job=~\"$job\", instance=~\"$instance\", handler=~\"/v1/argo/verdict|/v1/flagger/{}|/gate/{}|/rollback/{}\"}[$__rate_interval])))",
     "legendFormat": "__auto",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 4,
    "h": 4,
    "x": 8,
    "y": 0
   },
   "options": {
    "reduceOptions": {
     "calcs": [
      "lastNotNull"
     ],
     "fields": "",
     "values": false
    },
    "colorMode": "value",
    "graphMode": "none",
    "textMode": "auto",
    "justifyMode": "auto",
    "orientation": "auto",
    "wideLayout": true,
    "showPercentChange": false,
    "percentChangeColorMode": "standard"
   },
   "fieldConfig": {
    "defaults": {
     "unit": "s",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       },
       {
        "color": "red",
        "value": 0.1
       }
      ]
     },
     "color": {
      "mode": "thresholds"
     },
     "custom": {}
    },
    "overrides": []
   },
   "transformations": [],
   "id": 3
  },
  {
   "type": "stat",
   "title": "Connections",
   "description": "That are open.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum(verdictd_http_connections{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "__auto",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 4,
    "h": 4,
    "x": 12,
    "y": 0
   },
   "options": {
    "reduceOptions": {
     "calcs": [
      "lastNotNull"
     ],
     "fields": "",
     "values": false
    },
    "colorMode": "value",
    "graphMode": "none",
    "textMode": "auto",
    "justifyMode": "auto",
    "orientation": "auto",
    "wideLayout": true,
    "showPercentChange": false,
    "percentChangeColorMode": "standard"
   },
   "fieldConfig": {
    "defaults": {
     "unit": "short",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "thresholds"
     },
     "custom": {}
    },
    "overrides": []
   },
   "transformations": [],
   "id": 4
  },
  {
   "type": "stat",
   "title": "Runs refused",
   "description": "In the shown time, because a cap is reached.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum(increase(verdictd_runs_refused_total{job=~\"$job\", instance=~\"$instance\"}[$__range]))",
     "legendFormat": "__auto",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 4,
    "h": 4,
    "x": 16,
    "y": 0
   },
   "options": {
    "reduceOptions": {
     "calcs": [
      "lastNotNull"
     ],
     "fields": "",
     "values": false
    },
    "colorMode": "value",
    "graphMode": "none",
    "textMode": "auto",
    "justifyMode": "auto",
    "orientation": "auto",
    "wideLayout": true,
    "showPercentChange": false,
    "percentChangeColorMode": "standard"
   },
   "fieldConfig": {
    "defaults": {
     "unit": "short",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       },
       {
        "color": "red",
        "value": 1
       }
      ]
     },
     "color": {
      "mode": "thresholds"
     },
     "custom": {}
    },
    "overrides": []
   },
   "transformations": [],
   "id": 5
  },
  {
   "type": "stat",
   "title": "Warnings",
   "description": "Lines of the log in the shown time.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum(increase(verdictd_log_events_total{job=~\"$job\", instance=~\"$instance\", level=\"warn\"}[$__range]))",
     "legendFormat": "__auto",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 4,
    "h": 4,
    "x": 20,
    "y": 0
   },
   "options": {
    "reduceOptions": {
     "calcs": [
      "lastNotNull"
     ],
     "fields": "",
     "values": false
    },
    "colorMode": "value",
    "graphMode": "none",
    "textMode": "auto",
    "justifyMode": "auto",
    "orientation": "auto",
    "wideLayout": true,
    "showPercentChange": false,
    "percentChangeColorMode": "standard"
   },
   "fieldConfig": {
    "defaults": {
     "unit": "short",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "thresholds"
     },
     "custom": {}
    },
    "overrides": []
   },
   "transformations": [],
   "id": 6
  },
  {
   "type": "timeseries",
   "title": "Questions by gate",
   "description": "A second.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum by (gate) (rate(verdictd_gate_calls_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{gate}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 0,
    "y": 4
   },
   "options": {
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "multi",
     "sort": "desc"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "reqps",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "drawStyle": "line",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 20,
      "stacking": {
       "mode": "normal"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0
    },
    "overrides": []
   },
   "transformations": [],
   "id": 7
  },
  {
   "type": "timeseries",
   "title": "Answers by verdict",
   "description": "A second.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum by (verdict) (rate(verdictd_gate_calls_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{verdict}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 12,
    "y": 4
   },
   "options": {
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "multi",
     "sort": "desc"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "reqps",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "drawStyle": "line",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 20,
      "stacking": {
       "mode": "normal"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0
    },
    "overrides": [
     {
      "matcher": {
       "id": "byRegexp",
       "options": "pass"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "green"
        }
       }
      ]
     },
     {
      "matcher": {
       "id": "byRegexp",
       "options": "hold"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "yellow"
        }
       }
      ]
     },
     {
      "matcher": {
       "id": "byRegexp",
       "options": "fail"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "orange"
        }
       }
      ]
     },
     {
      "matcher": {
       "id": "byRegexp",
       "options": "abort"
      },
      "properties": [
       {
        "id": "color",
        "value": {
         "mode": "fixed",
         "fixedColor": "red"
        }
       }
      ]
     }
    ]
   },
   "transformations": [],
   "id": 8
  },
  {
   "type": "timeseries",
   "title": "Answers by gate and code",
   "description": "200 is go on for Flagger but at rollback, where it rolls back; 409 is not.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum by (gate, code) (rate(verdictd_gate_calls_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{gate}} {{code}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 0,
    "y": 12
   },
   "options": {
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "multi",
     "sort": "desc"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "reqps",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "drawStyle": "line",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 0,
      "stacking": {
       "mode": "none"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0
    },
    "overrides": []
   },
   "transformations": [],
   "id": 9
  },
  {
   "type": "timeseries",
   "title": "HTTP codes",
   "description": "Of everything that is served, the Prometheus API too.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum by (code) (rate(verdictd_http_requests_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{code}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 12,
    "y": 12
   },
   "options": {
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "multi",
     "sort": "desc"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "reqps",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "drawStyle": "line",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 20,
      "stacking": {
       "mode": "normal"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0
    },
    "overrides": []
   },
   "transformations": [],
   "id": 10
  },
  {
   "type": "timeseries",
   "title": "How fast the gates answer",
   "description": "From the whole request to its answer. A first question waits up to 200 ms for its run to be durable.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "histogram_quantile(0.5, sum by (le) (rate(verdictd_http_request_duration_seconds_bucket{job=~\"$job\", instance=~\"$instance\", handler=~\"/v1/argo/verdict|/v1/flagger/{}|/gate/{}|/rollback/{}\"}[$__rate_interval])))",
     "legendFormat": "50 %",
     "range": true,
     "instant": false,
     "refId": "A"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "histogram_quantile(0.99, sum by (le) (rate(verdictd_http_request_duration_seconds_bucket{job=~\"$job\", instance=~\"$instance\", handler=~\"/v1/argo/verdict|/v1/flagger/{}|/gate/{}|/rollback/{}\"}[$__rate_interval])))",
     "legendFormat": "99 %",
     "range": true,
     "instant": false,
     "refId": "B"
    },
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "histogram_quantile(0.999, sum by (le) (rate(verdictd_http_request_duration_seconds_bucket{job=~\"$job\", instance=~\"$instance\", handler=~\"/v1/argo/verdict|/v1/flagger/{}|/gate/{}|/rollback/{}\"}[$__rate_interval])))",
     "legendFormat": "99.9 %",
     "range": true,
     "instant": false,
     "refId": "C"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 0,
    "y": 20
   },
   "options": {
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "multi",
     "sort": "desc"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "s",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "drawStyle": "line",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 0,
      "stacking": {
       "mode": "none"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0
    },
    "overrides": []
   },
   "transformations": [],
   "id": 11
  },
  {
   "type": "heatmap",
   "title": "Gates' answering times",
   "description": "Answers by bucket.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "sum by (le) (increase(verdictd_http_request_duration_seconds_bucket{job=~\"$job\", instance=~\"$instance\", handler=~\"/v1/argo/verdict|/v1/flagger/{}|/gate/{}|/rollback/{}\"}[$__rate_interval]))",
     "legendFormat": "{{le}}",
     "range": true,
     "instant": false,
     "format": "heatmap",
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 12,
    "y": 20
   },
   "options": {
    "calculate": false,
    "yAxis": {
     "unit": "s",
     "axisPlacement": "left"
    },
    "cellGap": 1,
    "showValue": "never",
    "color": {
     "mode": "scheme",
     "scheme": "Oranges",
     "steps": 64,
     "exponent": 0.5,
     "reverse": false,
     "fill": "dark-orange"
    },
    "filterValues": {
     "le": 1e-9
    },
    "legend": {
     "show": true
    },
    "rowsFrame": {
     "layout": "auto"
    },
    "tooltip": {
     "mode": "single",
     "yHistogram": false,
     "showColorScale": false
    },
    "exemplars": {
     "color": "red"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "s",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {}
    },
    "overrides": []
   },
   "transformations": [],
   "id": 12
  },
  {
   "type": "timeseries",
   "title": "Slowest handlers",
   "description": "99th percentile of each.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "topk(10, histogram_quantile(0.99, sum by (le, handler) (rate(verdictd_http_request_duration_seconds_bucket{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))))",
     "legendFormat": "{{handler}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 0,
    "y": 28
   },
   "options": {
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "multi",
     "sort": "desc"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "s",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "drawStyle": "line",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 0,
      "stacking": {
       "mode": "none"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0
    },
    "overrides": []
   },
   "transformations": [],
   "id": 13
  },
  {
   "type": "timeseries",
   "title": "Requests by handler",
   "description": "A second.",
   "datasource": {
    "type": "prometheus",
    "uid": "${datasource}"
   },
   "targets": [
    {
     "datasource": {
      "type": "prometheus",
      "uid": "${datasource}"
     },
     "editorMode": "code",
     "expr": "topk(10, sum by (handler) (rate(verdictd_http_requests_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval])))",
     "legendFormat": "{{handler}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 12,
    "h": 8,
    "x": 12,
    "y": 28
   },
   "options": {
    "legend": {
     "displayMode": "list",
     "placement": "bottom",
     "showLegend": true,
     "calcs": []
    },
    "tooltip": {
     "mode": "multi",
     "sort": "desc"
    }
   },
   "fieldConfig": {
    "defaults": {
     "unit": "reqps",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       }
      ]
     },
     "color": {
      "mode": "palette-classic"
     },
     "custom": {
      "drawStyle": "line",
      "lineWidth": 1,
      "showPoints": "never",
      "spanNulls": 60000,
      "fillOpacity": 0,
      "stacking": {
       "mode": "none"
      },
      "scaleDistribution": {
       "type": "linear"
      }
     },
     "min": 0
    },
    "overrides": []
   },
   "transformations": [],
   "id": 14
  }
 ]
};
export const o0: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Questions
export const f0: F["stat"] = {};
export const o1: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Refused
export const f1: F["stat"] = {};
export const o2: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // 99th percentile
export const f2: F["stat"] = {};
export const o3: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Connections
export const f3: F["stat"] = {};
export const o4: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Runs refused
export const f4: F["stat"] = {};
export const o5: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Warnings
export const f5: F["stat"] = {};
export const o6: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Questions by gate
export const f6: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":20,"stacking":{"mode":"normal"},"scaleDistribution":{"type":"linear"}};
export const o7: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Answers by verdict
export const f7: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":20,"stacking":{"mode":"normal"},"scaleDistribution":{"type":"linear"}};
export const o8: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Answers by gate and code
export const f8: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o9: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // HTTP codes
export const f9: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":20,"stacking":{"mode":"normal"},"scaleDistribution":{"type":"linear"}};
export const o10: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // How fast the gates answer
export const f10: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o11: O["heatmap"] = {"calculate":false,"yAxis":{"unit":"s","axisPlacement":"left"},"cellGap":1,"showValue":"never","color":{"mode":"scheme","scheme":"Oranges","steps":64,"exponent":0.5,"reverse":false,"fill":"dark-orange"},"filterValues":{"le":1e-9},"legend":{"show":true},"rowsFrame":{"layout":"auto"},"tooltip":{"mode":"single","yHistogram":false,"showColorScale":false},"exemplars":{"color":"red"}}; // Gates' answering times
export const f11: F["heatmap"] = {};
export const o12: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Slowest handlers
export const f12: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o13: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Requests by handler
export const f13: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
