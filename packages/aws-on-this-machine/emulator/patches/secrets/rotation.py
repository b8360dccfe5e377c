"""Completes Secrets Manager's rotation."""

import json
import sys
import time
from threading import Thread

from invocations.invoke import has_failed, send
from invocations.process import PROCESS
from invocations.target import find_target_of_arn
from moto.moto_api._internal import mock_random
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

_STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


def rotate_by_functions():
    """moto makes a version without a value the current one, whether or not the function has made a value. A later
    RotateSecret forgets the function, and GetSecretValue does not follow a moved AWSCURRENT."""
    rotate, move = SecretsManagerBackend.rotate_secret, SecretsManagerBackend.update_secret_version_stage

    def rotate_secret(
        self,
        secret_id,
        client_request_token=None,
        rotation_lambda_arn=None,
        rotation_rules=None,
        rotate_immediately=True,
    ):
        secret = self.secrets[secret_id] if self._is_valid_identifier(secret_id) else None
        if not isinstance(secret, FakeSecret):
            return rotate(self, secret_id)
        function_arn = rotation_lambda_arn or secret.rotation_lambda_arn
        # Without versions and a function, moto changes the settings only.
        versions, secret.versions = secret.versions, {}
        try:
            rotate(self, secret_id, None, None, rotation_rules, rotate_immediately)
        finally:
            secret.versions = versions
        secret.rotation_lambda_arn = function_arn
        if not function_arn or not rotate_immediately or not PROCESS.is_registered:
            return secret.to_short_dict()
        target = find_target_of_arn(function_arn)
        version_id = client_request_token or str(mock_random.uuid4())
        pending = {"createdate": int(time.time()), "version_id": version_id, "version_stages": ["AWSPENDING"]}
        secret.remove_version_stages_from_old_versions(["AWSPENDING"])
        secret.versions[version_id] = pending
        Thread(target=_rotate, args=(secret.arn, version_id, target), daemon=True).start()
        return secret.to_short_dict(version_id=version_id)

    def update_secret_version_stage(self, secret_id, version_stage, remove_from_version_id, move_to_version_id):
        answer = move(self, secret_id, version_stage, remove_from_version_id, move_to_version_id)
        if version_stage == "AWSCURRENT" and move_to_version_id:
            self.secrets[secret_id].set_default_version_id(move_to_version_id)
        return answer

    SecretsManagerBackend.rotate_secret = rotate_secret
    SecretsManagerBackend.update_secret_version_stage = update_secret_version_stage


def _rotate(secret_arn, version_id, target):
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html"""
    try:
        for step in _STEPS:
            event = {"Step": step, "SecretId": secret_arn, "ClientRequestToken": version_id}
            answer = send(target, "RequestResponse", json.dumps(event), "secretsmanager.amazonaws.com", secret_arn)
            if has_failed(answer):
                raise ValueError(f"{step}: {answer.body.decode('utf-8', 'replace')}")
    except Exception as error:
        print(f"{secret_arn} is not rotated: {error!r}", file=sys.stderr)
