//! Teams: listings, creating, changing, merging and splitting.

use std::collections::BTreeMap;

use axum::extract::State;
use directory::{
    Team, TeamState,
    teams::{self, Part, Settling},
};
use kernel::{Operation, Page, PersonId, Subject, TeamId};
use web::{
    Answer, Authenticated, Id, IdempotencyKey, IfMatch, Json, Listing, NoFilter, Refusal, Routes, kinds, routes,
};

use super::Request;
use crate::{
    app::{App, today},
    dto::{MemberView, MergeBody, NewTeamBody, PageOf, PagingParams, SplitBody, TeamChangeBody, TeamView},
    problems,
};

/// How many people and workloads one request moves from a team that ended.
const MOVED_AT_ONCE: usize = 200;

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(list, create))
        .routes(routes!(read, change))
        .routes(routes!(members))
        .routes(routes!(merge))
        .routes(routes!(split))
}

async fn found(app: &App, team: TeamId) -> Result<Team, Refusal> {
    app.ports.reader.team(team).await?.ok_or_else(|| kinds::NOT_FOUND.into())
}

fn path_of(team: TeamId) -> String {
    format!("/directory/teams/{team}")
}

fn answer(team: &Team) -> Answer {
    Answer::ok(&TeamView::from(team)).version(team.version)
}

/// Teams by name, those that ended included.
#[utoipa::path(
    get, path = "/directory/teams", tag = "teams", operation_id = Operation::ListTeams.id(),
    params(PagingParams),
    responses((status = 200, description = "A page of teams.", body = PageOf<TeamView>)),
)]
async fn list(State(app): State<App>, who: Authenticated, listing: Listing<NoFilter>) -> Result<Answer, Refusal> {
    who.may(Operation::ListTeams, &Subject::program())?;
    let page = app.ports.listing.list_teams(listing.paging.limit, listing.paging.after.as_ref()).await?;
    Ok(Answer::page(&page.map(|team| TeamView::from(&team)), &listing.paging))
}

/// A new team.
#[utoipa::path(
    post, path = "/directory/teams", tag = "teams", operation_id = Operation::CreateTeam.id(),
    request_body = NewTeamBody,
    responses((status = 201, description = "Created.", body = TeamView)),
)]
async fn create(
    State(app): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: Json<NewTeamBody>,
) -> Result<Answer, Refusal> {
    who.may(Operation::CreateTeam, &Subject::program())?;
    let request = Request { app: &app, who: &who, key: &key, hash: &body.hash };
    let outcome = async {
        let (team, commit) = teams::create(app.ports.reader.as_ref(), body.value.into(), &who.cause)
            .await
            .map_err(problems::directory)?;
        let answer = Answer::created(path_of(team.id), &TeamView::from(&team)).version(team.version);
        request.commit(commit, answer).await
    };
    request.or_replay(outcome.await).await
}

/// One team.
#[utoipa::path(
    get, path = "/directory/teams/{team_id}", tag = "teams", operation_id = Operation::ReadTeam.id(),
    responses((status = 200, description = "The team.", body = TeamView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(id): Id<TeamId>) -> Result<Answer, Refusal> {
    who.may(Operation::ReadTeam, &Subject::team(id))?;
    Ok(answer(&found(&app, id).await?))
}

/// Changes a team's record.
#[utoipa::path(
    patch, path = "/directory/teams/{team_id}", tag = "teams", operation_id = Operation::ChangeTeam.id(),
    request_body = TeamChangeBody,
    responses((status = 200, description = "The team as it is now.", body = TeamView)),
)]
async fn change(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<TeamId>,
    expected: IfMatch,
    body: Json<TeamChangeBody>,
) -> Result<Answer, Refusal> {
    let before = found(&app, id).await?;
    who.may(Operation::ChangeTeam, &Subject::team(id))?;
    expected.check(before.version)?;
    let changed = teams::change(app.ports.reader.as_ref(), &before, body.value.into(), &who.cause).await;
    let Some((team, commit)) = changed.map_err(problems::directory)? else { return Ok(answer(&before)) };
    app.ports.writer.commit(commit).await?;
    Ok(answer(&team))
}

/// The members of a team. Those still to come are shown to those who may change people.
#[utoipa::path(
    get, path = "/directory/teams/{team_id}/members", tag = "teams", operation_id = Operation::ListTeamMembers.id(),
    params(PagingParams),
    responses((status = 200, description = "A page of members.", body = PageOf<MemberView>)),
)]
async fn members(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<TeamId>,
    listing: Listing<NoFilter>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ListTeamMembers, &Subject::team(id))?;
    found(&app, id).await?;
    let (limit, after) = (listing.paging.limit, listing.paging.after.as_ref());
    let page = app.ports.listing.members_of(id, today(&who), limit, after).await?;
    let everything = who.may(Operation::ChangePerson, &Subject::program()).is_ok();
    let members = page.items.into_iter();
    let items = members.filter_map(|(person, stays)| MemberView::of(person, &stays, everything, today(&who))).collect();
    Ok(Answer::page(&Page { items, next: page.next }, &listing.paging))
}

/// Moves what a team that ended still has. The decision is committed by then: 200 when nothing is left to move, 202 when
/// the same request must be made again for the rest.
async fn settled(
    app: &App,
    who: &Authenticated,
    team: TeamId,
    named: impl Fn(&Team) -> BTreeMap<PersonId, TeamId>,
) -> Result<Answer, Refusal> {
    let team = found(app, team).await?;
    let settling = Settling {
        reader: app.ports.reader.as_ref(),
        listing: app.ports.listing.as_ref(),
        writer: app.ports.writer.as_ref(),
        cause: &who.cause,
    };
    let done = settling.settle(&team, &named(&team), MOVED_AT_ONCE).await.map_err(problems::directory)?;
    let answer = if done { answer(&team) } else { Answer::accepted(path_of(team.id), &TeamView::from(&team)) };
    Ok(answer.version(team.version))
}

/// Makes a team part of another: from now on nobody joins it, and members and workloads move. Making the same request
/// again takes up what a request could not finish.
#[utoipa::path(
    post, path = "/directory/teams/{team_id}/merge", tag = "teams", operation_id = Operation::MergeTeam.id(),
    request_body = MergeBody,
    responses(
        (status = 200, description = "Merged; everyone has moved.", body = TeamView),
        (status = 202, description = "Merged; make the same request again to move the rest.", body = TeamView),
    ),
)]
async fn merge(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<TeamId>,
    key: IdempotencyKey,
    body: Json<MergeBody>,
) -> Result<Answer, Refusal> {
    let before = found(&app, id).await?;
    who.may(Operation::MergeTeam, &Subject::team(id))?;
    let request = Request { app: &app, who: &who, key: &key, hash: &body.hash };
    let outcome = async {
        let merged = teams::merge(app.ports.reader.as_ref(), &before, body.value.into, &who.cause).await;
        match merged.map_err(problems::directory)? {
            Some((team, commit)) => request.commit(commit, answer(&team)).await,
            None => request.unchanged(answer(&before)).await,
        }
    };
    match request.or_replay(outcome.await).await {
        Ok(_) | Err(Refusal::Replay(_)) => settled(&app, &who, id, |_| BTreeMap::new()).await,
        refused => refused,
    }
}

/// Makes a team several new ones: members go where they are named, everyone and everything else to the first. Making the
/// same request again, under the same key, takes up what a request could not finish.
#[utoipa::path(
    post, path = "/directory/teams/{team_id}/split", tag = "teams", operation_id = Operation::SplitTeam.id(),
    request_body = SplitBody,
    responses(
        (status = 200, description = "Split; everyone has moved.", body = TeamView),
        (status = 202, description = "Split; make the same request again to move the rest.", body = TeamView),
    ),
)]
async fn split(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<TeamId>,
    key: IdempotencyKey,
    body: Json<SplitBody>,
) -> Result<Answer, Refusal> {
    let before = found(&app, id).await?;
    who.may(Operation::SplitTeam, &Subject::team(id))?;
    let request = Request { app: &app, who: &who, key: &key, hash: &body.hash };
    let parts = &body.value.parts;
    let outcome = async {
        let new: Vec<Part> = parts.iter().cloned().map(Part::from).collect();
        let (team, _, commit) =
            teams::split(app.ports.reader.as_ref(), &before, new, &who.cause).await.map_err(problems::directory)?;
        request.commit(commit, answer(&team)).await
    };
    // The parts of the request and the successors of the team are in the same order.
    let named = |team: &Team| match &team.state {
        TeamState::Split { into } => {
            parts.iter().zip(into).flat_map(|(part, team)| part.members.iter().map(|person| (*person, *team))).collect()
        }
        TeamState::Active | TeamState::Merged { .. } => BTreeMap::new(),
    };
    match request.or_replay(outcome.await).await {
        Ok(_) | Err(Refusal::Replay(_)) => settled(&app, &who, id, named).await,
        refused => refused,
    }
}
