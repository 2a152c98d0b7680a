import type {D,O,F} from "./loose";
export const d: D = {
 "uid": "verdictd-self",
 "title": "verdictd / Itself",
 "description": "Is it alive, does it see, does it keep up?",
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
   "title": "Ready",
   "description": "All sources answer, and the history takes writes.",
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
     "expr": "min(verdictd_ready{job=~\"$job\", instance=~\"$instance\"})",
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
     "unit": "short",
     "mappings": [],
     "links": [],
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "red",
        "value": null
       },
       {
        "color": "green",
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
   "id": 1
  },
  {
   "type": "stat",
   "title": "Loop seen",
   "description": "How long ago the loop last came by; it does once a second.",
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
     "expr": "time() - min(verdictd_loop_last_tick_timestamp_seconds{job=~\"$job\", instance=~\"$instance\"})",
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
        "value": 30
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
   "title": "Blind runs",
   "description": "That get no usable answer from their source.",
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
     "expr": "sum(verdictd_runs_blind{job=~\"$job\", instance=~\"$instance\"})",
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
   "id": 3
  },
  {
   "type": "stat",
   "title": "Longest hold",
   "description": "Of all live runs.",
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
     "expr": "max(verdictd_hold_longest_seconds{job=~\"$job\", instance=~\"$instance\"})",
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
        "value": 3600
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
   "title": "Dead messages",
   "description": "To targets outside, given up.",
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
     "expr": "sum(verdictd_outbox_dead{job=~\"$job\", instance=~\"$instance\"}) or vector(0)",
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
   "title": "Configuration",
   "description": "Whether the last reload was taken.",
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
     "expr": "min(verdictd_config_last_reload_successful{job=~\"$job\", instance=~\"$instance\"})",
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
        "color": "red",
        "value": null
       },
       {
        "color": "green",
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
   "id": 6
  },
  {
   "type": "row",
   "title": "Runs and ticks",
   "collapsed": false,
   "panels": [],
   "gridPos": {
    "w": 24,
    "h": 1,
    "x": 0,
    "y": 4
   },
   "id": 7
  },
  {
   "type": "timeseries",
   "title": "Live runs",
   "description": "By what they are told.",
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
     "expr": "sum by (verdict) (verdictd_runs{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "{{verdict}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 0,
    "y": 5
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
   "id": 8
  },
  {
   "type": "timeseries",
   "title": "Snapshots",
   "description": "By what came of them, a second.",
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
     "expr": "sum by (outcome) (rate(verdictd_ticks_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{outcome}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 8,
    "y": 5
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
     "unit": "ops",
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
   "id": 9
  },
  {
   "type": "timeseries",
   "title": "Lag",
   "description": "99th percentile: of snapshots behind their instant, and of the loop's timer.",
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
     "expr": "histogram_quantile(0.99, sum by (le) (rate(verdictd_tick_lag_seconds_bucket{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval])))",
     "legendFormat": "snapshots",
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
     "expr": "histogram_quantile(0.99, sum by (le) (rate(verdictd_loop_lag_seconds_bucket{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval])))",
     "legendFormat": "loop",
     "range": true,
     "instant": false,
     "refId": "B"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 16,
    "y": 5
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
   "id": 10
  },
  {
   "type": "timeseries",
   "title": "Changes of verdict",
   "description": "A minute.",
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
     "expr": "60 * sum by (verdict) (rate(verdictd_verdict_transitions_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{verdict}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 0,
    "y": 13
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
   "type": "timeseries",
   "title": "Runs started, ended, refused",
   "description": "A minute.",
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
     "expr": "60 * sum by (job) (rate(verdictd_runs_started_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "started",
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
     "expr": "60 * sum by (job) (rate(verdictd_runs_ended_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "ended",
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
     "expr": "60 * sum by (job) (rate(verdictd_runs_refused_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "refused",
     "range": true,
     "instant": false,
     "refId": "C"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 8,
    "y": 13
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
   "id": 12
  },
  {
   "type": "timeseries",
   "title": "What people did",
   "description": "A minute.",
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
     "expr": "60 * sum by (action) (rate(verdictd_acts_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{action}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 16,
    "y": 13
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
   "type": "row",
   "title": "Sources",
   "collapsed": false,
   "panels": [],
   "gridPos": {
    "w": 24,
    "h": 1,
    "x": 0,
    "y": 21
   },
   "id": 14
  },
  {
   "type": "timeseries",
   "title": "Up",
   "description": "1: it answered within a minute.",
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
     "expr": "min by (source) (verdictd_source_up{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "{{source}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 0,
    "y": 22
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
     "min": 0,
     "max": 1,
     "decimals": 0
    },
    "overrides": []
   },
   "transformations": [],
   "id": 15
  },
  {
   "type": "timeseries",
   "title": "How long sources take",
   "description": "99th percentile of questions, with retries.",
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
     "expr": "histogram_quantile(0.99, sum by (le, source) (rate(verdictd_source_query_duration_seconds_bucket{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval])))",
     "legendFormat": "{{source}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 8,
    "y": 22
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
   "id": 16
  },
  {
   "type": "timeseries",
   "title": "Age of snapshots",
   "description": "The oldest last good one of each source's live runs.",
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
     "expr": "max by (source) (verdictd_snapshot_age_seconds{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "{{source}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 16,
    "y": 22
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
   "id": 17
  },
  {
   "type": "timeseries",
   "title": "Questions",
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
     "expr": "sum by (source) (rate(verdictd_source_queries_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{source}}",
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
     "expr": "sum by (source) (rate(verdictd_source_retries_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{source}} retries",
     "range": true,
     "instant": false,
     "refId": "B"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 0,
    "y": 30
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
     "unit": "ops",
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
   "id": 18
  },
  {
   "type": "timeseries",
   "title": "Failures",
   "description": "A second, by why.",
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
     "expr": "sum by (source, reason) (rate(verdictd_source_errors_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{source}}: {{reason}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 8,
    "y": 30
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
     "unit": "ops",
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
   "id": 19
  },
  {
   "type": "timeseries",
   "title": "Under way",
   "description": "Questions with a source, or waiting for their turn.",
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
     "expr": "sum by (source) (verdictd_source_queries_in_flight{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "{{source}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 16,
    "y": 30
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
   "id": 20
  },
  {
   "type": "row",
   "title": "History",
   "collapsed": false,
   "panels": [],
   "gridPos": {
    "w": 24,
    "h": 1,
    "x": 0,
    "y": 38
   },
   "id": 21
  },
  {
   "type": "timeseries",
   "title": "Commits",
   "description": "Durable transactions and those that failed, a second.",
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
     "expr": "sum by (outcome) (rate(verdictd_store_commits_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{outcome}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 0,
    "y": 39
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
     "unit": "ops",
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
   "id": 22
  },
  {
   "type": "timeseries",
   "title": "How long commits take",
   "description": "Their fsync included.",
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
     "expr": "histogram_quantile(0.5, sum by (le) (rate(verdictd_store_commit_duration_seconds_bucket{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval])))",
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
     "expr": "histogram_quantile(0.99, sum by (le) (rate(verdictd_store_commit_duration_seconds_bucket{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval])))",
     "legendFormat": "99 %",
     "range": true,
     "instant": false,
     "refId": "B"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 8,
    "y": 39
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
   "id": 23
  },
  {
   "type": "timeseries",
   "title": "Waiting to be stored",
   "description": "Against what may wait.",
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
     "expr": "sum(verdictd_store_queue_bytes{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "waiting",
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
     "expr": "sum(verdictd_store_queue_limit_bytes{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "limit",
     "range": true,
     "instant": false,
     "refId": "B"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 16,
    "y": 39
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
     "unit": "bytes",
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
   "id": 24
  },
  {
   "type": "timeseries",
   "title": "Files",
   "description": "The database, its log, and what is free inside.",
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
     "expr": "sum by (file) (verdictd_store_file_bytes{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "{{file}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 0,
    "y": 47
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
     "unit": "bytes",
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
   "id": 25
  },
  {
   "type": "timeseries",
   "title": "Rows",
   "description": "As retention last counted them.",
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
     "expr": "sum by (kind) (verdictd_store_rows{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "{{kind}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 8,
    "y": 47
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
   "id": 26
  },
  {
   "type": "timeseries",
   "title": "Faults",
   "description": "1 while the history takes no writes, and why.",
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
     "expr": "max by (fault) (verdictd_store_fault{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "{{fault}}",
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
     "expr": "max(verdictd_store_damaged{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "damaged",
     "range": true,
     "instant": false,
     "refId": "B"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 16,
    "y": 47
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
     "min": 0,
     "max": 1,
     "decimals": 0
    },
    "overrides": []
   },
   "transformations": [],
   "id": 27
  },
  {
   "type": "row",
   "title": "Series that are kept here",
   "collapsed": false,
   "panels": [],
   "gridPos": {
    "w": 24,
    "h": 1,
    "x": 0,
    "y": 55
   },
   "id": 28
  },
  {
   "type": "timeseries",
   "title": "Series",
   "description": "In memory.",
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
     "expr": "sum by (source) (verdictd_embedded_series{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "{{source}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 0,
    "y": 56
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
   "id": 29
  },
  {
   "type": "timeseries",
   "title": "Samples taken in",
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
     "expr": "sum by (source) (rate(verdictd_embedded_samples_appended_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{source}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 8,
    "y": 56
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
     "unit": "ops",
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
   "id": 30
  },
  {
   "type": "timeseries",
   "title": "Memory of series",
   "description": "By source.",
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
     "expr": "sum by (source) (verdictd_embedded_bytes{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "{{source}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 16,
    "y": 56
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
     "unit": "bytes",
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
   "id": 31
  },
  {
   "type": "timeseries",
   "title": "Samples refused",
   "description": "A second, by why.",
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
     "expr": "sum by (source, reason) (rate(verdictd_embedded_samples_refused_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{source}}: {{reason}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 0,
    "y": 64
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
     "unit": "ops",
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
   "id": 32
  },
  {
   "type": "timeseries",
   "title": "Ingest",
   "description": "Bodies a second, and the CPU that they take.",
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
     "expr": "sum by (outcome) (rate(verdictd_ingest_jobs_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "bodies {{outcome}}",
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
     "expr": "sum by (job) (rate(verdictd_ingest_cpu_seconds_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "CPU",
     "range": true,
     "instant": false,
     "refId": "B"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 8,
    "y": 64
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
   "id": 33
  },
  {
   "type": "timeseries",
   "title": "Queues",
   "description": "Jobs that wait or are worked at.",
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
     "expr": "sum by (queue) (verdictd_queue_length{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "{{queue}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 16,
    "y": 64
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
   "id": 34
  },
  {
   "type": "row",
   "title": "Process",
   "collapsed": false,
   "panels": [],
   "gridPos": {
    "w": 24,
    "h": 1,
    "x": 0,
    "y": 72
   },
   "id": 35
  },
  {
   "type": "timeseries",
   "title": "CPU",
   "description": "Seconds of CPU a second.",
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
     "expr": "sum by (instance) (rate(process_cpu_seconds_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{instance}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 0,
    "y": 73
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
   "id": 36
  },
  {
   "type": "timeseries",
   "title": "Memory",
   "description": "Resident.",
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
     "expr": "process_resident_memory_bytes{job=~\"$job\", instance=~\"$instance\"}",
     "legendFormat": "{{instance}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 8,
    "y": 73
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
     "unit": "bytes",
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
   "id": 37
  },
  {
   "type": "timeseries",
   "title": "File descriptors",
   "description": "Open, against what may be.",
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
     "expr": "process_open_fds{job=~\"$job\", instance=~\"$instance\"}",
     "legendFormat": "{{instance}} open",
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
     "expr": "process_max_fds{job=~\"$job\", instance=~\"$instance\"}",
     "legendFormat": "{{instance}} limit",
     "range": true,
     "instant": false,
     "refId": "B"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 16,
    "y": 73
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
   "id": 38
  },
  {
   "type": "timeseries",
   "title": "Connections",
   "description": "Open ones.",
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
     "expr": "verdictd_http_connections{job=~\"$job\", instance=~\"$instance\"}",
     "legendFormat": "{{instance}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 0,
    "y": 81
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
   "id": 39
  },
  {
   "type": "timeseries",
   "title": "Log",
   "description": "Warnings and errors a minute.",
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
     "expr": "60 * sum by (level) (rate(verdictd_log_events_total{job=~\"$job\", instance=~\"$instance\"}[$__rate_interval]))",
     "legendFormat": "{{level}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 8,
    "y": 81
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
   "id": 40
  },
  {
   "type": "timeseries",
   "title": "Messages that wait",
   "description": "For targets outside.",
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
     "expr": "sum by (target) (verdictd_outbox_pending{job=~\"$job\", instance=~\"$instance\"})",
     "legendFormat": "{{target}}",
     "range": true,
     "instant": false,
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 8,
    "h": 8,
    "x": 16,
    "y": 81
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
   "id": 41
  },
  {
   "type": "table",
   "title": "Builds",
   "description": "What runs where.",
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
     "expr": "verdictd_build_info{job=~\"$job\", instance=~\"$instance\"}",
     "legendFormat": "__auto",
     "range": false,
     "instant": true,
     "format": "table",
     "refId": "A"
    }
   ],
   "gridPos": {
    "w": 24,
    "h": 5,
    "x": 0,
    "y": 89
   },
   "options": {
    "showHeader": true,
    "cellHeight": "sm",
    "frameIndex": 0
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
      "mode": "palette-classic"
     },
     "custom": {
      "align": "left",
      "filterable": true,
      "cellOptions": {
       "type": "auto"
      }
     }
    },
    "overrides": []
   },
   "transformations": [
    {
     "id": "merge",
     "options": {}
    },
    {
     "id": "filterFieldsByName",
     "options": {
      "include": {
       "names": [
        "job",
        "instance",
        "version",
        "compiler"
       ]
      }
     }
    },
    {
     "id": "organize",
     "options": {
      "indexByName": {
       "job": 0,
       "instance": 1,
       "version": 2,
       "compiler": 3
      },
      "renameByName": {},
      "excludeByName": {}
     }
    }
   ],
   "id": 42
  }
 ]
};
export const o0: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Ready
export const f0: F["stat"] = {};
export const o1: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Loop seen
export const f1: F["stat"] = {};
export const o2: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Blind runs
export const f2: F["stat"] = {};
export const o3: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Longest hold
export const f3: F["stat"] = {};
export const o4: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Dead messages
export const f4: F["stat"] = {};
export const o5: O["stat"] = {"reduceOptions":{"calcs":["lastNotNull"],"fields":"","values":false},"colorMode":"value","graphMode":"none","textMode":"auto","justifyMode":"auto","orientation":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard"}; // Configuration
export const f5: F["stat"] = {};
export const o7: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Live runs
export const f7: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":20,"stacking":{"mode":"normal"},"scaleDistribution":{"type":"linear"}};
export const o8: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Snapshots
export const f8: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":20,"stacking":{"mode":"normal"},"scaleDistribution":{"type":"linear"}};
export const o9: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Lag
export const f9: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o10: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Changes of verdict
export const f10: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o11: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Runs started, ended, refused
export const f11: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o12: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // What people did
export const f12: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o14: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Up
export const f14: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o15: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // How long sources take
export const f15: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o16: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Age of snapshots
export const f16: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o17: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Questions
export const f17: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o18: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Failures
export const f18: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o19: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Under way
export const f19: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o21: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Commits
export const f21: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o22: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // How long commits take
export const f22: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o23: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Waiting to be stored
export const f23: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o24: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Files
export const f24: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o25: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Rows
export const f25: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o26: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Faults
export const f26: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o28: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Series
export const f28: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o29: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Samples taken in
export const f29: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o30: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Memory of series
export const f30: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o31: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Samples refused
export const f31: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o32: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Ingest
export const f32: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o33: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Queues
export const f33: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o35: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // CPU
export const f35: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o36: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Memory
export const f36: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o37: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // File descriptors
export const f37: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o38: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Connections
export const f38: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o39: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Log
export const f39: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o40: O["timeseries"] = {"legend":{"displayMode":"list","placement":"bottom","showLegend":true,"calcs":[]},"tooltip":{"mode":"multi","sort":"desc"}}; // Messages that wait
export const f40: F["timeseries"] = {"drawStyle":"line","lineWidth":1,"showPoints":"never","spanNulls":60000,"fillOpacity":0,"stacking":{"mode":"none"},"scaleDistribution":{"type":"linear"}};
export const o41: O["table"] = {"showHeader":true,"cellHeight":"sm","frameIndex":0}; // Builds
export const f41: F["table"] = {"align":"left","filterable":true,"cellOptions":{"type":"auto"}};
