"""Completes IAM."""

import json
from functools import wraps

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

_OF_AWS = ":iam::aws:policy/"


def load_aws_policies_when_asked_for():
    """moto has AWS's managed policies only if it loads all 1,485 of them at its start."""
    for name in ("attach_group_policy", "attach_role_policy", "attach_user_policy", "get_policy"):
        setattr(IAMBackend, name, _with_policy(getattr(IAMBackend, name)))
    list_policies = IAMBackend.list_policies

    def list_all_policies(self, marker, max_items, only_attached, path_prefix, scope):
        if scope != "Local" and not only_attached:
            for name, data in json.loads(aws_managed_policies_data).items():
                _add(self, name, data)
        return list_policies(self, marker, max_items, only_attached, path_prefix, scope)

    IAMBackend.list_policies = list_all_policies


def _with_policy(use):
    @wraps(use)
    def load_and_use(self, policy_arn, *args, **kwargs):
        if _OF_AWS in policy_arn and policy_arn not in self.managed_policies:
            name = policy_arn.rpartition("/")[2]
            # Parsing all policies takes a fifth of a second.
            place = aws_managed_policies_data.find(f'\n "{name}":{{')
            if place >= 0:
                begin = aws_managed_policies_data.index("{", place)
                _add(self, name, json.JSONDecoder().raw_decode(aws_managed_policies_data, begin)[0])
        return use(self, policy_arn, *args, **kwargs)

    return load_and_use


def _add(backend, name, data):
    policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
    if policy.arn not in backend.managed_policies:
        backend.managed_policies[policy.arn] = policy
        backend.aws_managed_policies.append(policy)
