"""Where data rests and messages wait: nothing unprotected, nothing lost without an alarm."""

from __future__ import annotations

from reading import text


def test_every_table_is_recoverable_encrypted_and_hard_to_delete(template):
    for name, table in template.of("AWS::DynamoDB::Table").items():
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert table["SSESpecification"]["SSEEnabled"] is True and table["SSESpecification"]["SSEType"] == "KMS", name
        assert text(table["SSESpecification"]["KMSMasterKeyId"]) == "${Key.Arn}", name
        assert table["DeletionProtectionEnabled"] == {"Fn::If": ["Protected", True, False]}, name
        assert template.resources[name]["DeletionPolicy"] == "Retain", name
        assert template.resources[name]["UpdateReplacePolicy"] == "Retain", name
        assert table["BillingMode"] == "PAY_PER_REQUEST", name
    assert template.parameters["Protection"]["Default"] == "on"


def test_the_table_has_the_keys_that_the_store_writes(template, rust):
    table = template.of("AWS::DynamoDB::Table")["Program"]
    schemas = {"": table["KeySchema"]} | {one["IndexName"]: one["KeySchema"] for one in table["GlobalSecondaryIndexes"]}
    expected = {"": ["pk", "sk"]} | {index: [f"{index}_pk", f"{index}_sk"] for index in ("list", "next", "pending")}
    assert {name: [key["AttributeName"] for key in schema] for name, schema in schemas.items()} == expected
    assert {one["AttributeType"] for one in table["AttributeDefinitions"]} == {"S"}
    store = "".join(source for path, source in rust.items() if path.startswith("shared/store/src/"))
    for attribute in [table["TimeToLiveSpecification"]["AttributeName"], *sum(expected.values(), [])]:
        assert f'"{attribute}"' in store, attribute


def test_the_bucket_is_private_versioned_and_reached_encrypted_only(template):
    for name, bucket in template.of("AWS::S3::Bucket").items():
        assert (
            set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
            and len(bucket["PublicAccessBlockConfiguration"]) == 4
        ), name
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert text(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]) == "${Key.Arn}", name
        assert bucket["VersioningConfiguration"]["Status"] == "Enabled", name
        assert template.resources[name]["DeletionPolicy"] == "Retain", name
        policies = [
            one for one in template.of("AWS::S3::BucketPolicy").values() if text(one["Bucket"]) == f"${{{name}}}"
        ]
        (statement,) = [one for policy in policies for one in policy["PolicyDocument"]["Statement"]]
        assert statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert [text(one) for one in statement["Resource"]] == [f"${{{name}.Arn}}", f"${{{name}.Arn}}/*"]


def test_uploads_and_halves_of_uploads_go_away(template):
    rules = template.of("AWS::S3::Bucket")["Files"]["LifecycleConfiguration"]["Rules"]
    (uploads,) = [rule for rule in rules if rule.get("Prefix") == "uploads/"]
    assert uploads["ExpirationInDays"] <= 7 and uploads["NoncurrentVersionExpiration"]["NoncurrentDays"] <= 7
    assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)


def test_no_rule_of_the_bucket_reaches_materials(template):
    """What people learn from stays as long as its course; what was removed can be brought back for a while."""
    rules = template.of("AWS::S3::Bucket")["Files"]["LifecycleConfiguration"]["Rules"]
    reaching = [rule for rule in rules if "materials/".startswith(rule.get("Prefix", ""))]
    assert not [rule for rule in reaching if {"ExpirationInDays", "ExpirationDate"} & set(rule)]
    (removed,) = [rule for rule in reaching if "NoncurrentVersionExpiration" in rule]
    assert removed["Prefix"] == "materials/" and removed["NoncurrentVersionExpiration"]["NoncurrentDays"] >= 7


def dead_letter_queues(template) -> set[str]:
    return {name for name in template.of("AWS::SQS::Queue") if name.endswith("DeadLetters")}


def test_every_queue_has_dead_letters(template):
    dead = dead_letter_queues(template)
    queues = template.of("AWS::SQS::Queue")
    for name, queue in queues.items():
        if name in dead:
            assert "RedrivePolicy" not in queue, name
            assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600, f"{name} forgets before someone looks"
        else:
            target = text(queue["RedrivePolicy"]["deadLetterTargetArn"]).strip("${}").removesuffix(".Arn")
            assert target in dead and queue["RedrivePolicy"]["maxReceiveCount"] >= 5, name


def test_every_dead_letter_raises_an_alarm(template):
    watched = {}
    for name, alarm in template.of("AWS::CloudWatch::Alarm").items():
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible":
            (dimension,) = alarm["Dimensions"]
            watched[text(dimension["Value"]).strip("${}").removesuffix(".QueueName")] = name
            assert alarm["Threshold"] == 0 and alarm["ComparisonOperator"] == "GreaterThanThreshold", name
            assert alarm["Namespace"] == "AWS/SQS" and dimension["Name"] == "QueueName", name
    assert set(watched) == dead_letter_queues(template)


def test_every_alarm_is_heard_and_says_what_is_wrong(template):
    topics = {f"${{{name}}}" for name in template.of("AWS::SNS::Topic")} - {"${MailFeedback}"}
    for name, alarm in template.of("AWS::CloudWatch::Alarm").items():
        assert {text(one) for one in alarm["AlarmActions"] + alarm["OKActions"]} <= topics, name
        assert alarm["AlarmActions"] and alarm["AlarmDescription"] and "TreatMissingData" in alarm, name


def test_what_must_be_watched_is_watched(template):
    watched = {(alarm["Namespace"], alarm["MetricName"]) for alarm in template.of("AWS::CloudWatch::Alarm").values()}
    assert {
        ("AWS/Lambda", "IteratorAge"),
        ("AWS/Lambda", "Errors"),
        ("AWS/States", "ExecutionsFailed"),
        ("AWS/States", "ExecutionsTimedOut"),
        ("AWS/States", "ExecutionsStarted"),
        ("AWS/SES", "Reputation.BounceRate"),
        ("AWS/SES", "Reputation.ComplaintRate"),
        ("Guildhall", "TrainingCompliance"),
    } <= watched
    assert template.of("AWS::CloudWatch::Alarm")["BounceRateAlarm"]["Threshold"] == 0.05
    assert template.of("AWS::CloudWatch::Alarm")["ComplaintRateAlarm"]["Threshold"] == 0.001


def test_every_machine_that_fails_or_takes_too_long_raises_an_alarm(template):
    watched = {
        (text(dimension["Value"]).strip("${}"), alarm["MetricName"])
        for alarm in template.of("AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == "AWS/States"
        for dimension in alarm["Dimensions"]
    }
    for machine in template.of("AWS::StepFunctions::StateMachine"):
        assert {(machine, "ExecutionsFailed"), (machine, "ExecutionsTimedOut")} <= watched, machine


def test_every_log_group_forgets(template):
    for name, group in template.of("AWS::Logs::LogGroup").items():
        assert text(group["RetentionInDays"]) == "${LogRetentionDays}", name
    assert template.parameters["LogRetentionDays"]["Default"] <= 365


def test_no_type_that_the_local_cloud_refuses(template):
    refused = {"AWS::CloudWatch::CompositeAlarm", "AWS::SES::Template", "AWS::Lambda::Url"}
    refused |= {"AWS::StepFunctions::StateMachineVersion", "AWS::StepFunctions::StateMachineAlias"}
    unconditional = {one["Type"] for one in template.resources.values() if "Condition" not in one}
    assert not unconditional & refused
    assert "AWS::Events::Archive" not in unconditional
