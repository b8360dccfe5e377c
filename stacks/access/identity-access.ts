import { actions } from "./access";
import { arn, type Entry, everywhere, globalArn, noOtherAlias, ofThisEnvironment } from "./place";

/** The access that roles and keys take, by their Terraform types. */
export const IDENTITY_ACCESS: Readonly<Record<string, Entry>> = {
  aws_iam_role: ({ name }, place) => [
    {
      name: "Roles",
      resources: [globalArn("iam", `role/${name}`, place)],
      read: actions(
        "iam",
        "GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies",
      ),
      write: actions("iam", "DeleteRole DeleteRolePolicy TagRole UntagRole"),
    },
    // These actions decide a role's permissions. A boundary cannot be removed again: there is no
    // DeleteRolePermissionsBoundary.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
    {
      name: "RolePermissions",
      resources: [globalArn("iam", `role/${name}`, place)],
      write: actions(
        "iam",
        "CreateRole PutRolePolicy UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
        ...(place.permissionsBoundary ? ["PutRolePermissionsBoundary"] : []),
      ),
      condition: place.permissionsBoundary
        ? [{ test: "StringEquals", variable: "iam:PermissionsBoundary", values: [place.permissionsBoundary] }]
        : undefined,
    },
    {
      name: "PassRoles",
      resources: [globalArn("iam", `role/${name}`, place)],
      write: actions("iam", "PassRole"),
      condition: [{ test: "StringEquals", variable: "iam:PassedToService", values: [...place.trustedServices] }],
    },
  ],
  aws_kms_alias: ({ name }, place) => [
    // An alias takes the permission for the alias and for its key.
    {
      name: "KeyAlias",
      resources: [arn("kms", name, place)],
      write: actions("kms", "CreateAlias DeleteAlias UpdateAlias"),
    },
    everywhere(...actions("kms", "ListAliases ListKeys")),
  ],
  aws_kms_key: (_values, place) => [
    // The tag comes with the request. KMS refuses a new key if its creator may not tag it and change its policy; see Keys.
    {
      name: "NewKey",
      resources: ["*"],
      write: actions("kms", "CreateKey"),
      condition: [{ test: "StringEquals", variable: "aws:RequestTag/Environment", values: [place.environmentTag] }],
    },
    // A key that has no other alias and no other tag. A new key has no alias, and IAM may learn of a tag or an alias only
    // after five minutes: https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
    {
      name: "Keys",
      // AWS chooses the id of a key.
      resources: [arn("kms", "key/*", place)],
      read: actions("kms", "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags"),
      write: actions(
        "kms",
        "CreateAlias DeleteAlias DisableKeyRotation EnableKeyRotation PutKeyPolicy TagResource UntagResource",
        "UpdateAlias UpdateKeyDescription",
      ),
      condition: [...noOtherAlias(place), ...ofThisEnvironment(place)],
    },
    // Terraform deletes a key's alias before the key. An untagged key can be somebody else's.
    {
      name: "OldKey",
      resources: [arn("kms", "key/*", place)],
      deleteData: actions("kms", "ScheduleKeyDeletion"),
      condition: [
        ...noOtherAlias(place),
        { test: "StringEquals", variable: "aws:ResourceTag/Environment", values: [place.environmentTag] },
      ],
    },
  ],
};
