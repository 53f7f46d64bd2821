using Microsoft.Win32.SafeHandles;

namespace Reflinks.Files;

/// <summary>Keeps two handles open for the length of a call and lends their descriptors.</summary>
internal readonly ref struct HandlePair : IDisposable
{
    readonly SafeFileHandle source, destination;

    internal HandlePair(SafeFileHandle source, SafeFileHandle destination)
    {
        bool sourceHeld = false, destinationHeld = false;
        try
        {
            source.DangerousAddRef(ref sourceHeld);
            destination.DangerousAddRef(ref destinationHeld);
        }
        catch
        {
            if (sourceHeld) source.DangerousRelease();
            throw;
        }
        (this.source, this.destination) = (source, destination);
    }

    internal int Source => (int)source.DangerousGetHandle();

    internal int Destination => (int)destination.DangerousGetHandle();

    public void Dispose()
    {
        source.DangerousRelease();
        destination.DangerousRelease();
    }
}
