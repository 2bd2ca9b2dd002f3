"""What the tools take, as far as our files use it: an unknown word in a file is a mistake."""

STRINGS = {"type": "array", "items": {"type": "string"}}
VARIABLES = {"type": "object", "additionalProperties": {"type": "string"}}
DURATION = {"type": "string", "pattern": r"^\d+(ms|s|m)$"}

SERVICE = {
    "type": "object",
    "required": ["image"],
    "additionalProperties": False,
    "properties": {
        "image": {"type": "string"},
        "build": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"context": {"type": "string"}, "dockerfile": {"type": "string"}},
        },
        "profiles": STRINGS,
        "command": STRINGS,
        "environment": VARIABLES,
        "ports": {
            "type": "array",
            # Published on the host's loopback only: who wants more puts HTTPS in front.
            "items": {"type": "string", "pattern": r"^127\.0\.0\.1:[^:]+(:-\d+\})?:\d+$"},
        },
        "volumes": {"type": "array", "items": {"type": "string", "pattern": r"^[a-z_0-9]+:/\S+$"}},
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["condition"],
                "additionalProperties": False,
                "properties": {"condition": {"enum": ["service_started", "service_healthy"]}},
            },
        },
        "healthcheck": {
            "type": "object",
            "required": ["test"],
            "additionalProperties": False,
            "properties": {
                "test": STRINGS,
                "interval": DURATION,
                "timeout": DURATION,
                "retries": {"type": "integer"},
            },
        },
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "stop_grace_period": DURATION,
        "security_opt": STRINGS,
        "cap_drop": STRINGS,
    },
}

COMPOSE = {
    "type": "object",
    "required": ["services", "volumes"],
    "additionalProperties": False,
    "patternProperties": {"^x-": {}},
    "properties": {
        "name": {"type": "string"},
        "services": {"type": "object", "additionalProperties": SERVICE},
        "volumes": {"type": "object", "additionalProperties": {"type": "null"}},
    },
}

RAILWAY = {
    "type": "object",
    "required": ["build", "deploy"],
    "additionalProperties": False,
    "properties": {
        "build": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "builder": {"enum": ["DOCKERFILE", "RAILPACK", "NIXPACKS"]},
                "dockerfilePath": {"type": "string"},
            },
        },
        "deploy": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "startCommand": {"type": "string"},
                "requiredMountPath": {"type": "string"},
                "healthcheckPath": {"type": "string"},
                "healthcheckTimeout": {"type": "integer", "minimum": 1},
                "restartPolicyType": {"enum": ["ON_FAILURE", "ALWAYS", "NEVER"]},
                "restartPolicyMaxRetries": {"type": "integer"},
                "numReplicas": {"type": "integer", "minimum": 1},
                "overlapSeconds": {"type": "integer", "minimum": 0},
                "drainingSeconds": {"type": "integer", "minimum": 0},
            },
        },
    },
}
