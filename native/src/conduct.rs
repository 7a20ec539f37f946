//! Plans that the server carries out for its page, on this machine and in the page in turn.

mod offers;

use parlab_shared::conduct::Offer;

use crate::hub::Hub;
use offers::Offers;

/// What a server carries plans out with. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Conductor {
    /// Where the labs of pages come to.
    pub hub: Hub,
    offers: Offers,
}

impl Conductor {
    /// Begins to look what there is.
    pub fn start() -> Self {
        Self { hub: Hub::new(), offers: Offers::look() }
    }

    /// What plans can be carried out on, beside the page.
    pub async fn offers(&self) -> Vec<Offer> {
        self.offers.get().await
    }
}
