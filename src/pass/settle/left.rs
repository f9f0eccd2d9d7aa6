//! What readers are told of a story in feeds that it had left before.

use super::Settler;
use crate::{
    pass::PassError,
    store::Member,
    story::{State, Story},
};

impl Settler<'_, '_> {
    /// Feeds that a story had left before it was taken back tell their readers too; where it is out
    /// again elsewhere, it has merely moved. Of what expired nothing is to be left.
    pub(super) async fn feeds_left(
        &mut self,
        story: &Story,
        old: &[Member],
        wanting: &[usize],
    ) -> Result<(), PassError> {
        let is_back = story.state == State::Live;
        let had_expired = story.expires.is_some_and(|at| at <= story.changed);
        if is_back && !story.is_public() || !is_back && had_expired {
            return Ok(());
        }
        let is_wanted =
            |feed: i64| self.plan.place_of(feed).is_some_and(|place| wanting.contains(&place));
        let left = old.iter().filter(|member| !is_wanted(member.feed));
        let left = left.filter(|member| is_back || !member.inside || self.is_gone(member.feed));
        let feeds: Vec<i64> = left.map(|member| member.feed).collect();
        if feeds.is_empty() {
            return Ok(());
        }
        let told = self.store.buried_in(&feeds, &story.guid).await?;
        for feed in feeds {
            let place = self.plan.place_of(feed);
            let is_profile = place.is_some_and(|it| self.plan.feeds[it].spec.profile.is_some());
            match (is_back, told.get(&feed)) {
                (true, None) => continue,
                (true, Some(_)) => self.store.unbury(feed, &[story.guid.as_str()]).await?,
                (false, Some(at)) if *at == story.changed => continue,
                // What a profile left out nobody has.
                (false, None) if is_profile => continue,
                (false, _) => self.bury(story, feed).await?,
            }
            if let Some(place) = place {
                let record = &mut self.plan.feeds[place].record;
                record.dirty = true;
                record.note_date(story.changed);
                self.marked.insert(place);
            }
        }
        Ok(())
    }

    /// Whether a feed isn't planned any more.
    fn is_gone(&self, feed: i64) -> bool {
        self.plan.place_of(feed).is_none()
    }
}
