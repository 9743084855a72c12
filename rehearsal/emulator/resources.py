"""Patches for resources that the emulator cannot create, or creates in another way than AWS, and for what its ECR lacks."""

import json
import time

from ministack import app
from ministack.services import cloudformation, ecr
from ministack.services import stepfunctions as states
from ministack.services.cloudformation import changesets, provisioners


def secret_ref_is_its_arn(_rehearsal):
    """The emulator's `Ref` of a secret is its name.

    AWS gives the ARN: CloudFormation, AWS::SecretsManager::Secret, "Return values".
    """
    handler = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    def name_of(arn):
        return arn.rsplit(":", 1)[-1].rsplit("-", 1)[0] if arn.startswith("arn:") else arn

    def create_by_arn(logical_id, props, stack_name):
        _, attributes = create(logical_id, props, stack_name)
        return attributes["Arn"], attributes

    def update_by_arn(physical_id, old_props, new_props, stack_name, logical_id=None):
        _, attributes = update(name_of(physical_id), old_props, new_props, stack_name, logical_id)
        return physical_id, {**attributes, "Id": physical_id, "Arn": physical_id}

    handler.update(create=create_by_arn, update=update_by_arn, delete=lambda arn, props: delete(name_of(arn), props))


def unknown_resources_are_recorded(_rehearsal):
    """The emulator has no saved log queries, and refuses the whole template for one.

    No run uses them. They are recorded under a name, so that the stack has all its resources. cfn-lint checks their properties.
    """
    for resource_type in ["AWS::Logs::QueryDefinition", "AWS::CodeArtifact::Domain", "AWS::CodeArtifact::Repository"]:
        provisioners._RESOURCE_HANDLERS.setdefault(resource_type, recorded())


def metric_math_alarms_are_recorded(_rehearsal):
    """The emulator refuses an alarm on a metric math expression.

    AWS accepts it: CloudWatch user guide, "Create an alarm based on a metric math expression". No scene waits for such an alarm.
    """
    handler = provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]
    record = recorded()

    def choosing(action):
        def run(*arguments, **named):
            has_expression = any(isinstance(a, dict) and a.get("Metrics") for a in arguments)
            return (record if has_expression else original)[action](*arguments, **named)

        return run

    original = dict(handler)
    handler.update({action: choosing(action) for action in ("create", "update", "delete")})


def taken_names_are_refused(_rehearsal):
    """The emulator takes over an existing repository, and cannot import one.

    In AWS, the deployment fails (Amazon ECR API reference, "CreateRepository", RepositoryAlreadyExistsException),
    unless the change set imports existing resources (CloudFormation user guide, "Import AWS resources automatically").
    """
    handler = provisioners._RESOURCE_HANDLERS["AWS::ECR::Repository"]
    create = handler["create"]

    def refusing(logical_id, props, stack_name):
        name = props.get("RepositoryName")
        if name in ecr._repositories:
            raise ValueError(f"Resource of type 'AWS::ECR::Repository' with identifier '{name}' already exists.")
        return create(logical_id, props, stack_name)

    def found(identifier):
        repository = ecr._repositories[identifier["RepositoryName"]]
        attributes = {"Arn": repository["repositoryArn"], "RepositoryUri": repository["repositoryUri"]}
        return repository["repositoryName"], attributes

    def missing(name):
        return None if name in ecr._repositories else f"AWS::ECR::Repository {name} does not exist"

    handler.update({"create": refusing, "import": found})
    changesets._IMPORT_LOOKUPS["AWS::ECR::Repository"] = (("RepositoryName",), missing)


def names_are_of_one_stack(_rehearsal):
    """The emulator generates names from the stack's name alone, so that a rollback removes resources that an earlier stack retained.

    In AWS, generated names end with random characters (CloudFormation user guide, "Name type").
    """
    name_of, seed = provisioners._physical_name, provisioners._NAME_SEED

    def named(stack_name, logical_id, *, seeded=True, **rest):
        stack = cloudformation._stacks.get(stack_name) or {}
        token = seed.set((seed.get() if seeded else "") + stack.get("StackId", ""))
        try:
            return name_of(stack_name, logical_id, **rest)
        finally:
            seed.reset(token)

    provisioners._physical_name = named


def runs_end_with_their_state_machine(_rehearsal):
    """The emulator keeps the runs of a removed state machine, and lists them under the next one with that name.

    In AWS, they are deleted with it (Step Functions API reference, "DeleteStateMachine").
    """
    handler = provisioners._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachine"]
    handler["delete"] = lambda arn, _props: states._delete_state_machine({"stateMachineArn": arn})


def recorded():
    """Returns a handler that only gives the resource a name."""

    def create(logical_id, _props, stack_name):
        name = provisioners._physical_name(stack_name, logical_id)
        return name, {"Arn": f"arn:aws:recorded:::{name}", "Name": name}

    def update(physical_id, _old, _new, _stack_name, logical_id=None):
        return physical_id, {"Arn": f"arn:aws:recorded:::{physical_id}", "Name": physical_id}

    return {"create": create, "update": update, "delete": lambda _id, _props: None}


def images_are_scanned(rehearsal):
    """The emulator has no image scans.

    ECR scans an image after its push if the repository asks for it, otherwise after StartImageScan. The scan is in progress at first, and then has
    findings (Amazon ECR API reference, "StartImageScan" and "DescribeImageScanFindings"). Here it has those that a scene sets, in every image.
    """
    handle = ecr.handle_request
    #: The number of looks at a scan, by repository and digest.
    looks = {}

    def start(name, digest):
        looks[name, digest] = 0
        return status_of(name, digest, "IN_PROGRESS")

    def describe(name, digest):
        if (name, digest) not in looks:
            if not ecr._repositories[name]["imageScanningConfiguration"].get("scanOnPush"):
                return ecr.error_response_json("ScanNotFoundException", f"Image scan does not exist for {digest}", 400)
            looks[name, digest] = 0
        looks[name, digest] += 1
        if looks[name, digest] == 1:
            return status_of(name, digest, "IN_PROGRESS")
        found = [{"name": each["name"], "severity": each["severity"]} for each in rehearsal.findings]
        return status_of(name, digest, "COMPLETE", {"imageScanCompletedAt": time.time(), "findings": found})

    actions = {"StartImageScan": start, "DescribeImageScanFindings": describe}

    async def with_scans(method, path, headers, body, query_params):
        act = actions.get(headers.get("x-amz-target", "").split(".")[-1])
        if act is None:
            return await handle(method, path, headers, body, query_params)
        request = json.loads(body)
        name = request["repositoryName"]
        if name not in ecr._repositories:
            return ecr.error_response_json("RepositoryNotFoundException", f"The repository {name} does not exist", 400)
        image = ecr._find_image(name, request["imageId"])
        if image is None:
            return ecr.error_response_json("ImageNotFoundException", f"{name} has no such image", 400)
        return act(name, image["imageDigest"])

    ecr.handle_request = with_scans


def status_of(name, digest, status, findings=None):
    scan = {"repositoryName": name, "imageId": {"imageDigest": digest}, "imageScanStatus": {"status": status}}
    return ecr.json_response({**scan, **({} if findings is None else {"imageScanFindings": findings})})


def set_findings(rehearsal, values):
    """Sets the findings of all images that are looked at from now on: `[{"name": "CVE-2026-1", "severity": "HIGH"}]`."""
    rehearsal.findings = values["findings"]
    return {}


def referrers_are_listed(_rehearsal):
    """The emulator does not know the referrers API of registries.

    ECR does: the list of manifests that have the digest as their subject (OCI distribution specification, "Listing Referrers").
    """
    parse, handle, is_of_registry = ecr._parse_v2_path, ecr.handle_registry_request, app._is_ecr_registry_path

    def parsed(path):
        name, _, digest = path.removeprefix("/v2/").partition("/referrers/")
        return ("referrers", name, digest) if digest else parse(path)

    async def with_referrers(method, path, headers, body, query_params):
        verb, name, digest = parsed(path) or ("", "", "")
        if verb != "referrers":
            return await handle(method, path, headers, body, query_params)
        ecr._select_registry_request_scope(name, {key.lower(): value for key, value in headers.items()}, query_params)
        found = [referrer_of(image) for image in ecr._images.get(name, []) if subject_of(image) == digest]
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": found}
        return 200, {"Content-Type": INDEX}, json.dumps(index).encode()

    ecr._parse_v2_path, ecr.handle_registry_request = parsed, with_referrers
    app._is_ecr_registry_path = lambda path: is_of_registry(path) or (path.startswith("/v2/") and "/referrers/" in path)


INDEX = "application/vnd.oci.image.index.v1+json"


def subject_of(image):
    return (json.loads(image["imageManifest"]).get("subject") or {}).get("digest")


def referrer_of(image):
    manifest = json.loads(image["imageManifest"])
    return {
        "mediaType": image["imageManifestMediaType"],
        "digest": image["imageDigest"],
        "size": len(image["imageManifest"].encode()),
        "artifactType": manifest.get("artifactType") or manifest.get("config", {}).get("mediaType"),
        "annotations": manifest.get("annotations", {}),
    }


def manifests_of_put_image_have_digests(_rehearsal):
    """The emulator's registry finds a manifest that PutImage stored by its tag only.

    In ECR, both ways lead to the same image: by tag, and by digest (Amazon ECR user guide, "Pulling an image").
    """
    resolve = ecr._resolve_manifest

    def resolved(name, reference):
        found = resolve(name, reference)
        image = None if found[0] else ecr._find_image(name, {"imageDigest": reference})
        return found if image is None else (reference, image["imageManifest"].encode(), image["imageManifestMediaType"])

    ecr._resolve_manifest = resolved


PATCHES = [
    secret_ref_is_its_arn,
    unknown_resources_are_recorded,
    metric_math_alarms_are_recorded,
    taken_names_are_refused,
    names_are_of_one_stack,
    runs_end_with_their_state_machine,
    images_are_scanned,
    referrers_are_listed,
    manifests_of_put_image_have_digests,
]
