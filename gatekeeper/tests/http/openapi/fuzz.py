"""Sends a gatekeeper what schemathesis generates from its OpenAPI document, and holds the answers against
that document. The exit status is 0 if every answer is as documented.
"""

import argparse
import json
from pathlib import Path

import requests
import schemathesis
from schemathesis.cli import schemathesis as command

SEED = 20261122

# Seconds for one answer; the gatekeeper gives a request up after 20.
REQUEST_TIMEOUT = 25

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]

# What makes a signed request.
SIGNATURE = {
    "signature",
    "signature-input",
    "medrec-context",
    "medrec-delegation",
    "medrec-staff",
    "content-digest",
}

# OpenAPI has no parameter for `accept`, since the media types of the responses say what there is. These
# are sent in turn, so that 406 is among the answers.
ACCEPTED = [
    None,
    "*/*",
    "application/fhir+json",
    "application/json",
    "application/fhir+json; fhirVersion=4.0",
    "application/fhir+xml, application/fhir+json;q=0.1",
    "text/event-stream, */*",
    "application/fhir+xml",
    "*/*;q=0",
    "no media type",
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("document", type=Path, help="the OpenAPI document")
    parser.add_argument(
        "known",
        type=Path,
        help="JSON of what is in the server's database. `examples`: for operationIds the `parameters`, each "
        "with a list of values, and the `body` of requests that succeed. `dictionaries`: values that stand "
        "in for half of those that would be generated, by place, such as `path.id`. `types`: the types of "
        "resources, by id",
    )
    parser.add_argument("url", help="what answers")
    parser.add_argument("folder", type=Path, help="where temporary files may be written")
    parser.add_argument("--signed", action="store_true", help="URL signs what is sent to it")
    parser.add_argument("--examples", type=int, required=True, help="random requests of each operation")
    parser.add_argument("--seconds", type=int, required=True, help="time for all of it")
    return parser.parse_args()


def resolved(document, value):
    """What a reference leads to, to be changed."""
    if "$ref" in value:
        _, kind, name = value["$ref"].rsplit("/", 2)
        value = document["components"][kind][name]
    return dict(value)


def prepared(document, examples, signed):
    """The document with the examples that this server can answer, and without what others see to."""
    for path in document["paths"].values():
        for operation in path.values():
            known = examples.get(operation["operationId"], {})
            values = known.get("parameters", {})
            parameters = []
            for parameter in operation.get("parameters", []):
                parameter = resolved(document, parameter)
                if signed and parameter["name"] in SIGNATURE:
                    continue
                if values:
                    parameter.pop("example", None)
                    parameter["schema"] = resolved(document, parameter["schema"])
                    parameter["schema"].pop("examples", None)
                if parameter["name"] in values:
                    own = enumerate(values[parameter["name"]])
                    parameter["examples"] = {str(number): {"value": value} for number, value in own}
                parameters.append(parameter)
            operation["parameters"] = parameters
            if "body" in known:
                operation["requestBody"]["content"]["application/json"]["example"] = known["body"]
    return document


def configuration(dictionaries, examples, seconds):
    """schemathesis.toml. JSON's strings, numbers and lists are also TOML's."""
    lines = [
        f"seed = {SEED}",
        f"max-time = {seconds}",
        f"request-timeout = {REQUEST_TIMEOUT}",
        "continue-on-failure = true",
        "warnings = false",
        "[cache]",
        "enabled = false",
        "[generation]",
        'database = "none"',
        f"max-examples = {examples}",
        # The document has the header as a parameter, too.
        "with-security-parameters = false",
        "[phases.stateful]",
        "enabled = false",
        "[phases.coverage]",
        # They are no operations of the document, so that nothing could be held against it.
        "unexpected-methods = []",
        "[checks]",
        "enabled = false",
    ]
    for check in CHECKS:
        lines += [f"[checks.{check}]", "enabled = true"]
        if check == "not_a_server_error":
            # What cannot be decided is not served; whether 503 is documented is another check.
            lines.append('expected-statuses = ["2xx", "3xx", "4xx", "503"]')
    for name, values in dictionaries.items():
        lines += [f"[dictionaries.{json.dumps(name)}]", f"values = {json.dumps(values)}"]
    lines.append("[parameters]")
    for name in dictionaries:
        key = json.dumps(name)
        lines.append(f"{key} = {{ dictionary = {key}, probability = 0.5 }}")
    return "\n".join(lines) + "\n"


def parameters_of_types(url):
    """The search parameters of each type."""
    statement = requests.get(f"{url}/fhir/metadata", timeout=REQUEST_TIMEOUT).json()
    always = {"_count", "_format", "_sort"}
    return {
        resource["type"]: always | {parameter["name"] for parameter in resource["searchParam"]}
        for resource in statement["rest"][0]["resource"]
    }


def register_hooks(types, parameters):
    """Bring generated requests nearer to what there is, and vary what OpenAPI does not describe. Examples
    are sent as they are.
    """
    sent = 0

    @schemathesis.hook
    def before_call(context, case, kwargs):
        nonlocal sent
        if case.meta is not None and case.meta.phase.name.value == "examples":
            return
        sent += 1
        accepted = ACCEPTED[sent % len(ACCEPTED)]
        if accepted is not None:
            case.headers = {**(case.headers or {}), "accept": accepted}
        path = case.path_parameters or {}
        if "type" in path and path.get("id") in types:
            case.path_parameters = {**path, "type": types[path["id"]]}
        # The document says which parameters there are, but not for which types, and the place of a next
        # link cannot be generated.
        if case.operation.path == "/fhir/{type}" and sent % 4 != 0 and path.get("type") in parameters:
            known = parameters[path["type"]]
            case.query = {name: value for name, value in (case.query or {}).items() if name in known}


def main():
    asked = arguments()
    known = json.loads(asked.known.read_text())
    register_hooks(known["types"], parameters_of_types(asked.url))
    document = json.loads(asked.document.read_text())
    location = asked.folder / "document.json"
    location.write_text(json.dumps(prepared(document, known["examples"], asked.signed)))
    config = asked.folder / "schemathesis.toml"
    config.write_text(configuration(known["dictionaries"], asked.examples, asked.seconds))
    run = ["--config-file", config, "run", location, "--url", asked.url, "--no-color"]
    command([str(argument) for argument in run])


if __name__ == "__main__":
    main()
