"""The front door: who gets in without a token is a short list, and the log of requests names nobody."""

from __future__ import annotations

import json
import re

import pytest
from reading import text

PUBLIC = {
    "ANY /training/links/{token}": "links in mails, verified in code",
    "GET /docs": "the reference page",
    "GET /docs/{proxy+}": "the reference page",
}
OURS = {"ANY /directory/{proxy+}", "ANY /program/{proxy+}", "ANY /training/{proxy+}"}


@pytest.fixture(scope="module")
def routes(template):
    return {route["RouteKey"]: route for route in template.of("AWS::ApiGatewayV2::Route").values()}


def test_every_route_asks_for_a_token_or_stands_on_the_list(template, routes):
    assert len(routes) == len(template.of("AWS::ApiGatewayV2::Route"))
    assert set(routes) == OURS | set(PUBLIC)
    for key, route in routes.items():
        if key in PUBLIC:
            assert route["AuthorizationType"] == "NONE" and "AuthorizerId" not in route, key
        else:
            assert route["AuthorizationType"] == "JWT" and text(route["AuthorizerId"]) == "${Tokens}", key
            assert route["AuthorizationScopes"] == ["guildhall/use", "guildhall/service"], key


def test_there_is_one_api_and_no_route_hidden_in_a_body(template):
    assert len(template.of("AWS::ApiGatewayV2::Api")) == 1
    for api in template.of("AWS::ApiGatewayV2::Api").values():
        assert not {"Body", "BodyS3Location", "RouteKey", "Target"} & set(api)


def test_tokens_come_from_one_issuer_for_named_clients(template):
    authorizer = template.of("AWS::ApiGatewayV2::Authorizer")["Tokens"]
    assert authorizer["AuthorizerType"] == "JWT"
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    own, foreign = authorizer["JwtConfiguration"]["Issuer"]["Fn::If"][1:]
    assert text(own) == "https://cognito-idp.${AWS::Region}.amazonaws.com/${People}"
    assert text(foreign) == "${Issuer}"
    own, foreign = authorizer["JwtConfiguration"]["Audience"]["Fn::If"][1:]
    assert [text(one) for one in own] == ["${Portal}", "${Service}"]
    assert text(foreign) == "${Audience}"


def test_functions_check_the_same_issuer_and_clients_as_the_gateway(template):
    issuer = template.of("AWS::ApiGatewayV2::Authorizer")["Tokens"]["JwtConfiguration"]["Issuer"]
    for name in ("DirectoryApi", "TrainingApi"):
        told = template.of("AWS::Lambda::Function")[name]["Environment"]["Variables"]
        assert told["GUILDHALL_ISSUER"] == issuer
        assert told["GUILDHALL_CLIENT_IDS"]["Fn::If"][1] == {"Fn::Sub": "${Portal},${Service}"}


def test_every_route_reaches_a_function_that_lets_the_gateway_in(template, routes):
    integrations = template.of("AWS::ApiGatewayV2::Integration")
    permissions = {}
    for permission in template.of("AWS::Lambda::Permission").values():
        assert permission["Principal"] == "apigateway.amazonaws.com"
        path = text(permission["SourceArn"]).partition("${Api}/*/*")[2]
        assert path.startswith("/"), "a permission for the whole API"
        permissions.setdefault(text(permission["FunctionName"]), []).append(re.escape(path).replace(r"\*", ".*"))
    for key, route in routes.items():
        integration = text(route["Target"]).removeprefix("integrations/").strip("${}")
        assert integrations[integration]["PayloadFormatVersion"] == "2.0"
        function = text(integrations[integration]["IntegrationUri"]).replace(".Arn", "")
        assert any(re.fullmatch(path, key.split()[1]) for path in permissions[function]), key


def test_the_gateway_admits_a_bounded_number_of_requests(template, routes):
    for stage in template.of("AWS::ApiGatewayV2::Stage").values():
        assert {"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= set(stage["DefaultRouteSettings"])
        assert set(stage["RouteSettings"]) <= set(routes), "a limit for a route that isn't there"
        assert "ANY /training/links/{token}" in stage["RouteSettings"]


def test_the_log_of_requests_names_nobody(template):
    for stage in template.of("AWS::ApiGatewayV2::Stage").values():
        entry = json.loads(stage["AccessLogSettings"]["Format"])
        named = set(re.findall(r"\$context\.([\w.]+)", " ".join(entry.values())))
        # Paths carry ids and link tokens; identity and claims carry people.
        assert named == {
            "requestId",
            "requestTime",
            "routeKey",
            "status",
            "responseLength",
            "responseLatency",
            "integrationLatency",
            "error.responseType",
            "authorizer.error",
            "integrationErrorMessage",
        }
        assert text(stage["AccessLogSettings"]["DestinationArn"]) == "${ApiLogs.Arn}"


def test_nobody_signs_up_and_clients_get_what_they_need(template):
    pool = template.of("AWS::Cognito::UserPool")["People"]
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    clients = template.of("AWS::Cognito::UserPoolClient")
    assert clients["Portal"]["AllowedOAuthFlows"] == ["code"] and clients["Portal"]["GenerateSecret"] is False
    assert "guildhall/use" in clients["Portal"]["AllowedOAuthScopes"]
    assert "guildhall/service" not in clients["Portal"]["AllowedOAuthScopes"]
    assert clients["Service"]["AllowedOAuthFlows"] == ["client_credentials"] and clients["Service"]["GenerateSecret"]
    assert clients["Service"]["AllowedOAuthScopes"] == ["guildhall/service"]
    groups = {group["GroupName"] for group in template.of("AWS::Cognito::UserPoolGroup").values()}
    assert groups == {"security", "program-admin"}


def test_a_foreign_issuer_leaves_no_pool_behind(template):
    for name, resource in template.resources.items():
        if resource["Type"].startswith("AWS::Cognito::"):
            assert resource["Condition"] == "OwnPool", name
