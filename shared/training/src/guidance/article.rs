//! An article, its versions, and what a list keeps of it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::{ArticleId, CourseId, Version};
use serde::{Deserialize, Serialize};

use super::{ArticleCode, Body, Error, Requirement, Summary, Technology, Tier};
use crate::model::{CompetencyArea, CourseUrl, LanguageTag, Title, spelled};

spelled! {
    /// Who reads an article.
    ArticleState {
        /// Those who write; everybody else reads the version published before, if there is one.
        Draft = "draft",
        /// Everybody.
        Published = "published",
        /// Those who write.
        Retired = "retired",
    }
}

spelled! {
    /// What a template is made for.
    TemplateKind {
        /// A CloudFormation template.
        CloudFormation = "cloudformation",
        /// A construct of the Cloud Development Kit.
        CdkConstruct = "cdk_construct",
        /// A product of the Service Catalog.
        ServiceCatalogProduct = "service_catalog_product",
    }
}

/// Something to start from instead of writing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// What it is made for.
    pub kind: TemplateKind,
    /// Where it is.
    pub url: CourseUrl,
}

/// What can be said in an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleFacts {
    /// What it is called.
    pub title: Title,
    /// What it says, in short.
    pub summary: Summary,
    /// What it says.
    pub body: Body,
    /// The competency area it belongs to.
    pub area: CompetencyArea,
    /// The requirement it answers.
    pub requirement: Requirement,
    /// For workloads of these tiers; of all tiers where empty.
    pub tiers: BTreeSet<Tier>,
    /// For workloads of one of these technologies, at most [`ArticleFacts::MOST_TECHNOLOGIES`]; of all where empty.
    pub technologies: BTreeSet<Technology>,
    /// What to start from, at most [`ArticleFacts::MOST_TEMPLATES`].
    pub templates: Vec<Template>,
    /// Courses that teach it, at most [`ArticleFacts::MOST_COURSES`].
    pub courses: BTreeSet<CourseId>,
    /// The language it is written in.
    pub language: LanguageTag,
}

impl ArticleFacts {
    /// The most technologies of an article.
    pub const MOST_TECHNOLOGIES: usize = 20;
    /// The most templates.
    pub const MOST_TEMPLATES: usize = 10;
    /// The most courses.
    pub const MOST_COURSES: usize = 10;

    /// Checks how much there is of everything, the rendered text included.
    ///
    /// # Errors
    /// [`Error::TooMany`], [`Error::TooLarge`].
    pub fn check(&self) -> Result<(), Error> {
        for (field, count, most) in [
            ("technologies", self.technologies.len(), Self::MOST_TECHNOLOGIES),
            ("templates", self.templates.len(), Self::MOST_TEMPLATES),
            ("course_ids", self.courses.len(), Self::MOST_COURSES),
        ] {
            if count > most {
                return Err(Error::TooMany { field, most });
            }
        }
        if super::render(self.body.as_str()).whole { Ok(()) } else { Err(Error::TooLarge) }
    }
}

/// What a list shows of an article and what a search looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// In this version.
    pub version: Version,
    /// What it is called.
    pub title: Title,
    /// What it says, in short.
    pub summary: Summary,
    /// The competency area it belongs to.
    pub area: CompetencyArea,
    /// The requirement it answers.
    pub requirement: Requirement,
    /// For workloads of these tiers; of all tiers where empty.
    pub tiers: BTreeSet<Tier>,
    /// For workloads of one of these technologies; of all where empty.
    pub technologies: BTreeSet<Technology>,
    /// The language it is written in.
    pub language: LanguageTag,
}

/// An article in one of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// Its id.
    pub id: ArticleId,
    /// Its natural key; unique, never changed.
    pub code: ArticleCode,
    /// What it says.
    pub facts: ArticleFacts,
    /// Who reads it.
    pub state: ArticleState,
    /// Beside a draft: the version that everybody reads meanwhile. Absent in other states.
    pub beside: Option<Box<Listed>>,
    /// The day (UTC) on which this version was made.
    pub changed_on: Date,
    /// Which version this is: one more with every change, of state or text.
    pub version: Version,
}

impl Article {
    /// A new article, read by those who write until it is published.
    pub const fn new(id: ArticleId, code: ArticleCode, facts: ArticleFacts, on: Date) -> Self {
        Self { id, code, facts, state: ArticleState::Draft, beside: None, changed_on: on, version: Version::FIRST }
    }

    /// This version as a list keeps it.
    pub fn listed(&self) -> Listed {
        let facts = self.facts.clone();
        Listed {
            version: self.version,
            title: facts.title,
            summary: facts.summary,
            area: facts.area,
            requirement: facts.requirement,
            tiers: facts.tiers,
            technologies: facts.technologies,
            language: facts.language,
        }
    }

    /// What a list keeps of the article.
    pub fn entry(&self) -> Entry {
        Entry {
            id: self.id,
            code: self.code.clone(),
            state: self.state,
            latest: self.listed(),
            beside: self.beside.as_deref().cloned(),
        }
    }

    /// The version that everybody reads, if there is one.
    pub fn published(&self) -> Option<Version> {
        match self.state {
            ArticleState::Published => Some(self.version),
            ArticleState::Draft => self.beside.as_ref().map(|beside| beside.version),
            ArticleState::Retired => None,
        }
    }

    /// The version after this one: a draft with another text. What was published stays beside it. Nothing when the text
    /// is the same.
    #[must_use]
    pub fn rewritten(&self, facts: ArticleFacts, on: Date) -> Option<Self> {
        let beside = match self.state {
            ArticleState::Published => Some(Box::new(self.listed())),
            ArticleState::Draft | ArticleState::Retired => self.beside.clone(),
        };
        let next = Self { facts, state: ArticleState::Draft, beside, ..self.after(on) };
        (next.facts != self.facts).then_some(next)
    }

    /// The version after this one: the same text in another state. Publishing puts a draft in the place of what was
    /// published, retiring and going back to a draft take that away. Nothing when the state is the same.
    #[must_use]
    pub fn moved(&self, state: ArticleState, on: Date) -> Option<Self> {
        (self.state != state).then(|| Self { state, beside: None, ..self.after(on) })
    }

    fn after(&self, on: Date) -> Self {
        Self { changed_on: on, version: self.version.next(), ..self.clone() }
    }
}

/// What a list keeps of an article: its latest version, and beside a draft the one that everybody reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: ArticleId,
    /// Its code.
    pub code: ArticleCode,
    /// The state of the latest version.
    pub state: ArticleState,
    /// The latest version.
    pub latest: Listed,
    /// Beside a draft: what everybody reads meanwhile.
    pub beside: Option<Listed>,
}

impl Entry {
    /// The version that stands in a state: the one that everybody reads, the draft, or the retired one.
    pub fn shown(&self, state: ArticleState) -> Option<&Listed> {
        if self.state == state {
            Some(&self.latest)
        } else if state == ArticleState::Published {
            self.beside.as_ref()
        } else {
            None
        }
    }
}
